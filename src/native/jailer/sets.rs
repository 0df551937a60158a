//! Dependency sets that have zygotes: at most two, so that programs of the old one end in peace while
//! the new one is used.
//!
//! Each has up to two lines of zygotes. Forking costs time for each page of the zygote, so that
//! programs that import nothing of the rest get a child of one that has only the usual modules.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tracing::info;

use super::Settings;
use super::ids::Ids;
use super::line::{Line, Recipe};
use super::zygote::Zygote;
use crate::native::messages::ZygoteSpec;

/// How many sets have zygotes at the same time.
const MOST: usize = 2;
/// A set that is not the newest is given up when nothing was asked of it for so long.
const IDLE: Duration = Duration::from_secs(60);
/// What the light zygotes of a set import, if the set has it.
const LIGHT: [&str; 2] = ["numpy", "pandas"];

pub struct Sets {
    settings: Rc<Settings>,
    ids: Ids,
    /// The newest one last.
    sets: RefCell<Vec<Set>>,
}

struct Set {
    key: String,
    name: String,
    light: Line,
    /// Where there are more than the usual modules: those, and the line whose zygotes have them too.
    heavy: Option<(Vec<String>, Line)>,
    used: Instant,
}

impl Sets {
    pub fn new(settings: Rc<Settings>) -> Self {
        Self {
            settings,
            ids: Ids::of_this_namespace(),
            sets: RefCell::default(),
        }
    }

    /// Has zygotes of this set, at the cost of the one that was used least lately.
    ///
    /// # Errors
    /// When there is no such set, in words for the operator.
    pub fn prepare(&self, key: &str) -> Result<(), String> {
        let mut sets = self.sets.borrow_mut();
        if let Some(set) = sets.iter_mut().find(|set| set.key == key) {
            set.used = Instant::now();
            return Ok(());
        }
        let set = self.start(key)?;
        if sets.len() >= MOST {
            let oldest = (0..sets.len()).min_by_key(|at| sets[*at].used);
            let gone = oldest.map(|at| sets.remove(at));
            info!(
                "{}: its zygotes end, others are wanted",
                gone.map_or_else(String::new, |set| set.name)
            );
        }
        sets.push(set);
        Ok(())
    }

    /// A zygote for a program that imports these modules, or why there is none.
    ///
    /// # Errors
    /// In words for the operator.
    pub async fn zygote(&self, key: &str, imports: &[String]) -> Result<Rc<Zygote>, String> {
        self.prepare(key)?;
        let zygote = {
            let mut sets = self.sets.borrow_mut();
            let set = sets.iter_mut().find(|set| set.key == key);
            set.ok_or("its packages are gone")?.line(imports).zygote()
        };
        zygote.await
    }

    /// Gives up what is old and not used.
    pub fn tidy(&self) {
        let mut sets = self.sets.borrow_mut();
        let Some(newest) = sets.last().map(|set| set.key.clone()) else {
            return;
        };
        sets.retain(|set| {
            let stays = set.key == newest || set.used.elapsed() < IDLE;
            if !stays {
                info!("{}: its zygotes end, nothing uses them", set.name);
            }
            stays
        });
    }

    fn start(&self, key: &str) -> Result<Set, String> {
        let is_key = key.len() == 64 && key.bytes().all(|b| b.is_ascii_hexdigit());
        if !is_key {
            return Err("what was asked for is no set of packages".to_owned());
        }
        let files = (self.settings.find)(key)?;
        let is_light = |module: &&String| LIGHT.contains(&module.as_str());
        let (light, heavy): (Vec<_>, Vec<_>) = files
            .preload
            .iter()
            .cloned()
            .partition(|module| is_light(&module));
        // Where there is nothing usual, one kind is enough.
        let (light, heavy) = match light.is_empty() {
            true => (heavy, light),
            false => (light, heavy),
        };
        let recipe = Recipe {
            name: format!("python packages {}", &key[..8]),
            settings: Rc::clone(&self.settings),
            ids: self.ids.clone(),
            spec: ZygoteSpec {
                python: files.python,
                site: files.site,
                preload: light,
                limits: self.settings.most,
                first_id: 0,
                ids: 0,
                allowed_syscalls: self.settings.allowed_syscalls.clone(),
                learning: self.settings.learning,
                ca_file: self.settings.ca_file.clone(),
                authorities: None,
                scratch: None,
                without: Vec::new(),
            },
        };
        let light = Line::start(recipe.clone());
        let heavy = (!heavy.is_empty()).then(|| {
            let mut recipe = recipe.clone();
            recipe.name.push_str(" (all)");
            recipe.spec.preload.extend(heavy.iter().cloned());
            (heavy, Line::start_after(&light, recipe))
        });
        Ok(Set {
            key: key.to_owned(),
            name: recipe.name,
            light,
            heavy,
            used: Instant::now(),
        })
    }
}

impl Set {
    /// The line whose zygotes a program with these imports is best served by.
    fn line(&mut self, imports: &[String]) -> &Line {
        self.used = Instant::now();
        match &self.heavy {
            // A program waits for it rather than import such a module itself: some can only be
            // imported where code may still be made, which a zygote may and its children may not.
            Some((modules, line)) if modules.iter().any(|module| imports.contains(module)) => {
                if line.is_down() {
                    &self.light
                } else {
                    line
                }
            }
            _ => &self.light,
        }
    }
}
