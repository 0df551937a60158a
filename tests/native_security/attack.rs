//! Attacks as rows of tables: what is tried, what comes of it in the whole jail, and which layers
//! refuse it, each of them alone.
//!
//! Every attack runs in the whole jail; then once for each of its layers with all its *other* layers
//! left out; then with all of them left out, where it has to succeed: an attack that cannot succeed
//! shows nothing.

use std::borrow::Cow;
use std::collections::BTreeMap;

use belljar::program::{Ending, LimitReached, Outcome};

use crate::common::dedent;
use crate::jail::Jail;
use crate::outside::is_root;

/// What has to come of an attack in the whole jail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// The call fails, and the program can go on.
    Refused,
    /// The program is killed for this system call.
    Forbidden(&'static str),
    /// It is stopped at this limit.
    AtLimit(LimitReached),
    /// The program dies of what it does.
    Crashes,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Came {
    Succeeded(String),
    Ended(Ends, String),
    Forbidden(String),
    /// Nothing that an attack comes to: the program is wrong.
    Odd(String),
}

#[derive(Clone, Debug)]
pub struct Attack {
    name: Cow<'static, str>,
    program: Cow<'static, str>,
    ends: Ends,
    refused_by: &'static [&'static str],
    given_without: &'static [&'static str],
    untried_bare: Option<&'static str>,
    only_on: Option<&'static str>,
}

/// An attack: the body of a Python function that returns what it got, or raises what refused it.
pub fn attack(
    name: impl Into<Cow<'static, str>>,
    program: impl Into<Cow<'static, str>>,
    ends: Ends,
    refused_by: &'static [&'static str],
) -> Attack {
    Attack {
        name: name.into(),
        program: program.into(),
        ends,
        refused_by,
        given_without: &[],
        untried_bare: None,
        only_on: None,
    }
}

impl Attack {
    /// It is not tried with its layers left out, for this reason.
    pub fn untried_bare(mut self, reason: &'static str) -> Self {
        self.untried_bare = Some(reason);
        self
    }

    /// These layers are always left out: what is shown is what there is behind them.
    pub fn given_without(mut self, layers: &'static [&'static str]) -> Self {
        self.given_without = layers;
        self
    }

    /// The same with other layers to refuse it.
    pub fn refused_by(mut self, layers: &'static [&'static str]) -> Self {
        self.refused_by = layers;
        self.untried_bare = None;
        self
    }

    pub fn is_called(&self, names: &[&str]) -> bool {
        names.contains(&&*self.name)
    }

    pub fn program(&self) -> &str {
        &self.program
    }

    pub fn only_on(mut self, architecture: &'static str) -> Self {
        self.only_on = Some(architecture);
        self
    }
}

/// The function whose body this is, and its call.
pub fn body(program: &str) -> String {
    let body = dedent(program);
    let lines = body.lines().map(|line| format!("    {line}\n"));
    format!(
        "def attack():\n{}\ntell(attack)\n",
        lines.collect::<String>()
    )
}

/// Tries one attack in this jail, where it has to end like this.
pub fn refused_in(jail: &Jail, name: &str, program: &str, ends: Ends) {
    let outcome = jail.attack(&body(program)).unwrap();
    let came = came(&outcome);
    assert!(
        matches!(came, Came::Ended(how, _) if how == ends),
        "{name}: not {ends:?}, but {came:?}"
    );
}

/// One run of an attack.
struct Trial<'a> {
    attack: &'a Attack,
    must: Must,
}

#[derive(Clone, Copy, Debug)]
enum Must {
    EndAsTold,
    /// In any way that is not success.
    BeRefused,
    Succeed,
}

/// Tries every attack in the whole jail and in jails without some of its layers.
pub fn check(attacks: &[Attack]) {
    let mut jails: BTreeMap<Vec<&str>, Vec<Trial>> = BTreeMap::new();
    let mut plan = |without: Vec<&'static str>, attack, must| {
        let mut without = without;
        without.sort_unstable();
        without.dedup();
        jails
            .entry(without)
            .or_default()
            .push(Trial { attack, must });
    };
    let here = |attack: &&Attack| attack.only_on.is_none_or(|on| on == std::env::consts::ARCH);
    for attack in attacks.iter().filter(here) {
        let given = attack.given_without;
        plan(given.to_vec(), attack, Must::EndAsTold);
        // An ordinary user's jail lacks what only root can make.
        if !is_root() {
            continue;
        }
        if attack.refused_by.len() > 1 {
            for kept in attack.refused_by.iter() {
                let others = attack.refused_by.iter().filter(|layer| *layer != kept);
                let without = given.iter().chain(others).copied().collect();
                plan(without, attack, Must::BeRefused);
            }
        }
        if attack.untried_bare.is_none() {
            let without = given.iter().chain(attack.refused_by.iter()).copied();
            plan(without.collect(), attack, Must::Succeed);
        }
    }
    run(jails);
}

/// Tries every attack in a jail of another kind, which lacks these layers altogether: whatever is
/// left refuses it.
pub fn check_in_jail_without(layers: &[&'static str], attacks: &[Attack], except: &[&str]) {
    let here = |attack: &&Attack| {
        attack.only_on.is_none_or(|on| on == std::env::consts::ARCH)
            && attack.given_without.is_empty()
            && !except.contains(&&*attack.name)
    };
    let trials = attacks.iter().filter(here).map(|attack| Trial {
        attack,
        must: Must::BeRefused,
    });
    run([(layers.to_vec(), trials.collect())].into());
}

/// Tries every attack by a program that has the network, in a jail that lacks these layers altogether.
pub fn check_with_network(layers: &[&'static str], attacks: &[Attack], except: &[&str]) {
    let here = |attack: &&Attack| {
        attack.only_on.is_none_or(|on| on == std::env::consts::ARCH)
            && attack.given_without.is_empty()
            && !except.contains(&&*attack.name)
    };
    let jail = Jail::without(layers).unwrap();
    let problems = attacks.iter().filter(here).filter_map(|attack| {
        let came = match jail.attack_with_network(&body(&attack.program)) {
            Ok(outcome) => came(&outcome),
            Err(why) => Came::Odd(why),
        };
        let is_refused = is_as_it_must(attack, Must::BeRefused, &came);
        (!is_refused).then(|| format!("{} (without {layers:?}): {came:?}", attack.name))
    });
    let problems: Vec<_> = problems.collect();
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

fn run(jails: BTreeMap<Vec<&str>, Vec<Trial>>) {
    let mut problems = Vec::new();
    for (without, trials) in jails {
        let jail = match Jail::without(&without) {
            Ok(jail) => jail,
            Err(why) => {
                problems.push(format!("no jail without {without:?}: {why}"));
                continue;
            }
        };
        for Trial { attack, must } in trials {
            let outcome = jail.attack(&body(&attack.program));
            let came = match &outcome {
                Ok(outcome) => came(outcome),
                Err(why) => Came::Odd(why.clone()),
            };
            if !is_as_it_must(attack, must, &came) {
                problems.push(format!(
                    "{} (without {without:?}) must {must:?} ({:?}), but: {came:?}",
                    attack.name, attack.ends
                ));
            }
        }
    }
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

fn is_as_it_must(attack: &Attack, must: Must, came: &Came) -> bool {
    match (must, came) {
        (Must::Succeed, Came::Succeeded(_)) => true,
        (Must::Succeed, _) | (_, Came::Succeeded(_) | Came::Odd(_)) => false,
        (Must::BeRefused, _) => true,
        (Must::EndAsTold, Came::Ended(how, _)) => *how == attack.ends,
        (Must::EndAsTold, Came::Forbidden(call)) => {
            matches!(attack.ends, Ends::Forbidden(expected) if expected == call)
        }
    }
}

fn came(outcome: &Outcome) -> Came {
    let stdout = String::from_utf8_lossy(&outcome.stdout);
    let line = |word: &str| {
        let mut lines = stdout.lines().rev();
        lines.find(|line| line.starts_with(word)).map(str::to_owned)
    };
    if let Some(line) = line("SUCCEEDED") {
        return Came::Succeeded(line);
    }
    match &outcome.ending {
        Ending::Forbidden(call) => Came::Forbidden(call.clone()),
        Ending::Stopped(limit) | Ending::ExitedAtLimit(_, limit) => {
            Came::Ended(Ends::AtLimit(*limit), String::new())
        }
        Ending::Crashed(how) => Came::Ended(Ends::Crashes, how.clone()),
        ending => match line("REFUSED") {
            Some(line) => Came::Ended(Ends::Refused, line),
            None => {
                let stderr = String::from_utf8_lossy(&outcome.stderr);
                let end = stderr.len().saturating_sub(600);
                let end = stderr.get(end..).unwrap_or(&stderr);
                Came::Odd(format!("{ending:?}\n{stdout}\n{end}"))
            }
        },
    }
}
