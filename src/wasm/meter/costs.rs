//! Where a module's checks stand and what each of them takes.

use std::collections::HashMap;

use wasmparser::{BinaryReaderError, FunctionBody, Operator};

use super::cycles::on_a_cycle;

/// Operators per unit of fuel.
const OPERATORS_PER_FUEL: u32 = 4;
/// The most one check takes.
const MAX_STEP: u32 = 16;
/// What a call counts for, in operators, beside the body of a callee that has no check of its own.
const CALL_OPERATORS: u32 = 4;

/// The checks of one function.
#[derive(Debug, PartialEq, Eq)]
pub struct Checks {
    /// What the one at the entry takes.
    pub entry: Option<u32>,
    /// What the one at the head of each loop takes, in the order in which the loops begin; none
    /// for a loop that charges by itself.
    pub loops: Vec<Option<u32>>,
}

/// What is counted of one function before the whole call graph is known.
#[derive(Debug, Default)]
struct Shape {
    /// Operators outside of loops.
    straight: u32,
    loops: Vec<Loop>,
    /// Direct calls, by the loop they stand in.
    calls: HashMap<(Option<usize>, u32), u32>,
    /// It calls through a table or a reference.
    indirect: bool,
}

#[derive(Clone, Debug, Default)]
struct Loop {
    operators: u32,
    charges: bool,
}

/// The checks of all functions with a body, in order. `imported` functions come before them;
/// `charge` is the imported function by which code charges by itself.
///
/// # Errors
/// When a body is malformed.
pub fn checks(
    bodies: &[FunctionBody<'_>],
    imported: u32,
    charge: Option<u32>,
) -> Result<Vec<Checks>, BinaryReaderError> {
    let shapes = bodies
        .iter()
        .map(|body| Shape::of(body, charge))
        .collect::<Result<Vec<_>, _>>()?;
    let calls: Vec<Vec<usize>> = shapes
        .iter()
        .map(|shape| {
            let defined = shape
                .calls
                .keys()
                .filter_map(|(_, callee)| callee.checked_sub(imported));
            let mut defined: Vec<_> = defined.map(|callee| callee as usize).collect();
            defined.sort_unstable();
            defined.dedup();
            defined
        })
        .collect();
    let cyclic = on_a_cycle(&calls);
    // Every cycle of calls has a function that calls indirectly, or is one of direct calls alone.
    let at_entry: Vec<bool> = shapes
        .iter()
        .zip(&cyclic)
        .map(|(shape, cyclic)| shape.indirect || *cyclic)
        .collect();
    let body_operators = |callee: u32| match callee.checked_sub(imported) {
        Some(callee) if !at_entry[callee as usize] => shapes[callee as usize].straight,
        _ => 0,
    };
    Ok(shapes
        .iter()
        .zip(&at_entry)
        .map(|(shape, at_entry)| shape.checks(*at_entry, body_operators))
        .collect())
}

impl Shape {
    fn of(body: &FunctionBody<'_>, charge: Option<u32>) -> Result<Self, BinaryReaderError> {
        let mut shape = Self::default();
        // The loop, if it is one, of each open block.
        let mut open: Vec<Option<usize>> = vec![None];
        let mut reader = body.get_operators_reader()?;
        while !reader.eof() {
            let innermost = open.iter().rev().find_map(|block| *block);
            match reader.read()? {
                Operator::Loop { .. } => {
                    open.push(Some(shape.loops.len()));
                    shape.loops.push(Loop::default());
                }
                Operator::Block { .. }
                | Operator::If { .. }
                | Operator::Try { .. }
                | Operator::TryTable { .. } => open.push(None),
                Operator::End => {
                    open.pop();
                }
                Operator::Call { function_index } if Some(function_index) == charge => {
                    for around in open.iter().flatten() {
                        shape.loops[*around].charges = true;
                    }
                }
                Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                    *shape.calls.entry((innermost, function_index)).or_default() += 1;
                }
                Operator::CallIndirect { .. }
                | Operator::CallRef { .. }
                | Operator::ReturnCallIndirect { .. }
                | Operator::ReturnCallRef { .. } => {
                    shape.indirect = true;
                    shape.count(innermost, CALL_OPERATORS);
                }
                _ => {}
            }
            shape.count(innermost, 1);
        }
        Ok(shape)
    }

    fn count(&mut self, innermost: Option<usize>, operators: u32) {
        match innermost {
            Some(innermost) => self.loops[innermost].operators += operators,
            None => self.straight += operators,
        }
    }

    fn checks(&self, at_entry: bool, body_operators: impl Fn(u32) -> u32) -> Checks {
        let mut straight = self.straight;
        let mut loops: Vec<u32> = self.loops.iter().map(|each| each.operators).collect();
        for ((innermost, callee), times) in &self.calls {
            let operators = times.saturating_mul(CALL_OPERATORS + body_operators(*callee));
            let counted = match innermost {
                Some(innermost) => &mut loops[*innermost],
                None => &mut straight,
            };
            *counted = counted.saturating_add(operators);
        }
        let cost = |operators: u32| (operators / OPERATORS_PER_FUEL).clamp(1, MAX_STEP);
        Checks {
            entry: at_entry.then(|| cost(straight)),
            loops: loops
                .into_iter()
                .zip(&self.loops)
                .map(|(operators, each)| (!each.charges).then(|| cost(operators)))
                .collect(),
        }
    }
}
