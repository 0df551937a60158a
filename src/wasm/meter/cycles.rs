//! Which functions can be part of a cycle of direct calls.

/// For each function of a call graph, whether a path of direct calls leads back to it.
///
/// `calls[f]` lists the functions that `f` calls, each below `calls.len()`. Finds the strongly
/// connected components (R. Tarjan, "Depth-first search and linear graph algorithms", 1972),
/// without recursion of its own.
pub fn on_a_cycle(calls: &[Vec<usize>]) -> Vec<bool> {
    let mut search = Search {
        calls,
        order: vec![UNSEEN; calls.len()],
        lowest: vec![0; calls.len()],
        pending: Vec::new(),
        is_pending: vec![false; calls.len()],
        next: 0,
        cyclic: vec![false; calls.len()],
    };
    for function in 0..calls.len() {
        if search.order[function] == UNSEEN {
            search.from(function);
        }
    }
    search.cyclic
}

const UNSEEN: usize = usize::MAX;

struct Search<'a> {
    calls: &'a [Vec<usize>],
    /// When a function was first seen.
    order: Vec<usize>,
    /// The earliest pending function it leads to.
    lowest: Vec<usize>,
    /// Seen, but not yet assigned to a component.
    pending: Vec<usize>,
    is_pending: Vec<bool>,
    next: usize,
    cyclic: Vec<bool>,
}

impl Search<'_> {
    fn from(&mut self, root: usize) {
        // The path from the root, each with the number of its calls already followed.
        let mut path = vec![(root, 0)];
        self.see(root);
        while let Some((function, followed)) = path.last_mut() {
            let function = *function;
            if let Some(&callee) = self.calls[function].get(*followed) {
                *followed += 1;
                if self.order[callee] == UNSEEN {
                    self.see(callee);
                    path.push((callee, 0));
                } else if self.is_pending[callee] {
                    self.lowest[function] = self.lowest[function].min(self.order[callee]);
                }
            } else {
                path.pop();
                if let Some((caller, _)) = path.last() {
                    self.lowest[*caller] = self.lowest[*caller].min(self.lowest[function]);
                }
                if self.lowest[function] == self.order[function] {
                    self.close(function);
                }
            }
        }
    }

    fn see(&mut self, function: usize) {
        self.order[function] = self.next;
        self.lowest[function] = self.next;
        self.next += 1;
        self.pending.push(function);
        self.is_pending[function] = true;
    }

    /// Takes the finished component that `first` was the first seen of.
    fn close(&mut self, first: usize) {
        let start = self.pending.iter().rposition(|pending| *pending == first);
        let component = self
            .pending
            .split_off(start.expect("the first one is still pending"));
        let alone = component.len() == 1;
        for function in component {
            self.is_pending[function] = false;
            self.cyclic[function] = !alone || self.calls[function].contains(&function);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::on_a_cycle;

    #[test]
    fn only_functions_that_lead_back_to_themselves_are_found() {
        // 0 → 1 → 2 → 1, 2 → 3 → 4, 5 → 5, 6 → 0
        let calls = [
            vec![1],
            vec![2],
            vec![1, 3],
            vec![4],
            vec![],
            vec![5],
            vec![0],
        ];
        assert_eq!(
            on_a_cycle(&calls),
            [false, true, true, false, false, true, false]
        );
    }

    #[test]
    fn a_long_chain_needs_no_stack() {
        let length = 1_000_000;
        let mut calls: Vec<_> = (1..=length).map(|next| vec![next]).collect();
        calls.push(vec![0]);
        assert!(on_a_cycle(&calls).into_iter().all(|cyclic| cyclic));
    }
}
