//! Which layers are on, for the log, `belljar doctor` and whoever else asks.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A mechanism of the kernel, in the order in which the layers are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Layer {
    /// The process is not root.
    Identity,
    /// It has no capability, and can get none back.
    Capabilities,
    /// No program that it might start gains privileges.
    NoNewPrivileges,
    /// Nobody of the same user may look into it; no core dumps.
    NotDumpable,
    /// It ends with its supervisor.
    Tether,
    /// Resource limits.
    Limits,
    /// Files outside a few folders cannot be opened.
    Landlock,
    /// System calls outside a list are refused.
    Seccomp,
    /// Process ids of its own: what it starts ends with it, and it sees nobody else.
    Processes,
}

impl Layer {
    pub const ALL: [Self; 9] = [
        Self::Identity,
        Self::Capabilities,
        Self::NoNewPrivileges,
        Self::NotDumpable,
        Self::Tether,
        Self::Limits,
        Self::Landlock,
        Self::Seccomp,
        Self::Processes,
    ];

    /// Its name in logs and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "unprivileged user",
            Self::Capabilities => "no capabilities",
            Self::NoNewPrivileges => "no_new_privs",
            Self::NotDumpable => "not dumpable",
            Self::Tether => "parent-death signal",
            Self::Limits => "rlimits",
            Self::Landlock => "landlock",
            Self::Seccomp => "seccomp",
            Self::Processes => "own processes",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// On; a few words say how.
    On(String),
    /// Off; a few words say why.
    Off(String),
}

impl Status {
    /// On, or off for the error's reason.
    pub fn of<E: fmt::Display>(result: Result<impl Into<String>, E>) -> Self {
        match result {
            Ok(how) => Self::On(how.into()),
            Err(error) => Self::Off(error.to_string()),
        }
    }
}

/// The state of every layer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    layers: BTreeMap<Layer, Status>,
}

impl Report {
    /// Notes a layer's state. A layer of several steps is on only if all of them are.
    pub fn set(&mut self, layer: Layer, status: Status) {
        let before = self.layers.get(&layer);
        if !matches!(before, Some(Status::Off(_))) {
            self.layers.insert(layer, status);
        }
    }

    pub fn layers(&self) -> impl Iterator<Item = (Layer, &Status)> {
        self.layers.iter().map(|(layer, status)| (*layer, status))
    }

    pub fn is_off(&self, layer: Layer) -> bool {
        !matches!(self.layers.get(&layer), Some(Status::On(_)))
    }

    /// The layers that are off, each with its reason; empty when all are on.
    pub fn missing(&self) -> String {
        let missing = self.layers().filter_map(|(layer, status)| match status {
            Status::On(_) => None,
            Status::Off(why) => Some(format!("{} ({why})", layer.name())),
        });
        missing.collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (layer, status)) in self.layers().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            match status {
                Status::On(how) => write!(f, "{comma}{}: {how}", layer.name())?,
                Status::Off(why) => write!(f, "{comma}{}: OFF ({why})", layer.name())?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_of_several_steps_is_on_only_if_all_are() {
        let mut report = Report::default();
        report.set(Layer::Capabilities, Status::Off("a".into()));
        report.set(Layer::Capabilities, Status::On("b".into()));
        report.set(Layer::Seccomp, Status::On("c".into()));
        assert_eq!(report.missing(), "no capabilities (a)");
        assert_eq!(report.to_string(), "no capabilities: OFF (a), seccomp: c");
    }
}
