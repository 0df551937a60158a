//! Zygotes with the same modules, one after the other: started, replaced when they are used up,
//! started again when they die.
//!
//! Guarantees: a used-up zygote is replaced only by one that is ready; one that cannot start is tried
//! again ever more slowly, and whoever wants it meanwhile is told why not.

use std::rc::Rc;
use std::time::{Duration, Instant};

use nix::unistd::geteuid;
use tokio::sync::watch;
use tokio::task::{AbortHandle, spawn_local};
use tracing::{info, warn};

use super::ids::Ids;
use super::scratch::Scratch;
use super::zygote::Zygote;
use super::{Recycling, Settings};
use crate::hardening::Hardening;
use crate::native::messages::ZygoteSpec;
use crate::supervisor::BackOff;

/// How often a zygote is looked at.
const LOOK: Duration = Duration::from_secs(5);
/// When a replacement could not be started: until the next attempt.
const LATER: Duration = Duration::from_secs(60);
/// Below this, whoever wants a zygote waits until the next one is tried.
const SHORT: Duration = Duration::from_secs(1);

/// What a line's zygotes are made of.
#[derive(Clone)]
pub struct Recipe {
    /// For the log.
    pub name: String,
    pub settings: Rc<Settings>,
    pub ids: Ids,
    /// Without its ids.
    pub spec: ZygoteSpec,
}

#[derive(Clone, Debug)]
enum State {
    Coming,
    Here(Rc<Zygote>),
    /// In words for the operator.
    Down(String),
}

/// Dropped, it starts nothing more; its zygote ends with the last program that has a child of it.
pub struct Line {
    state: watch::Receiver<State>,
    tending: AbortHandle,
}

impl Line {
    /// Must be called within a `LocalSet`.
    pub fn start(recipe: Recipe) -> Self {
        let (tell, state) = watch::channel(State::Coming);
        let tending = spawn_local(tend(recipe, tell)).abort_handle();
        Self { state, tending }
    }

    /// The same, once `first` has its zygote or has none, so that the two do not hold each other up.
    pub fn start_after(first: &Self, recipe: Recipe) -> Self {
        let (tell, state) = watch::channel(State::Coming);
        let first = first.zygote();
        let tending = async move {
            let _ = first.await;
            tend(recipe, tell).await;
        };
        let tending = spawn_local(tending).abort_handle();
        Self { state, tending }
    }

    /// A zygote that is ready, or why there is none. Owns nothing of the line.
    pub fn zygote(&self) -> impl Future<Output = Result<Rc<Zygote>, String>> + use<> {
        let mut state = self.state.clone();
        async move {
            let is_known = |state: &State| match state {
                State::Coming => false,
                State::Here(zygote) => !zygote.has_ended(),
                State::Down(_) => true,
            };
            match state.wait_for(is_known).await.as_deref() {
                Ok(State::Here(zygote)) => Ok(Rc::clone(zygote)),
                Ok(State::Down(why)) => Err(why.clone()),
                _ => Err("its packages are used no more".to_owned()),
            }
        }
    }

    /// Whether its zygotes cannot start.
    pub fn is_down(&self) -> bool {
        matches!(&*self.state.borrow(), State::Down(_))
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.tending.abort();
        if let State::Here(zygote) = &*self.state.borrow() {
            zygote.retire();
        }
    }
}

async fn tend(recipe: Recipe, tell: watch::Sender<State>) {
    let mut back_off = BackOff::default();
    loop {
        let zygote = match start(&recipe).await {
            Ok(zygote) => zygote,
            Err(why) => {
                warn!("{}: no zygote: {why}", recipe.name);
                tell.send_replace(State::Down(why));
                tokio::time::sleep(back_off.after_death(None)).await;
                continue;
            }
        };
        let since = Instant::now();
        let why = watch_over(zygote, &recipe, &tell).await;
        let wait = back_off.after_death(Some(since));
        warn!("{}: a zygote is lost: {why}", recipe.name);
        tell.send_replace(if wait < SHORT {
            State::Coming
        } else {
            State::Down(why)
        });
        tokio::time::sleep(wait).await;
    }
}

/// Has this zygote and its successors used until one dies; why.
async fn watch_over(
    mut zygote: Rc<Zygote>,
    recipe: &Recipe,
    tell: &watch::Sender<State>,
) -> String {
    let mut not_before = Instant::now();
    loop {
        tell.send_replace(State::Here(Rc::clone(&zygote)));
        let why_not = tokio::select! {
            why = zygote.ended() => return why,
            why = used_up(&zygote, &recipe.settings.recycling, not_before) => why,
        };
        match start(recipe).await {
            Ok(successor) => {
                info!("{}: a fresh zygote takes over: {why_not}", recipe.name);
                tell.send_replace(State::Here(Rc::clone(&successor)));
                zygote.retire();
                zygote = successor;
            }
            Err(why) => {
                warn!(
                    "{}: a zygote is kept although {why_not}: {why}",
                    recipe.name
                );
                not_before = Instant::now() + LATER;
            }
        }
    }
}

/// Ready when the zygote should be replaced; why.
async fn used_up(zygote: &Zygote, recycling: &Recycling, not_before: Instant) -> String {
    tokio::time::sleep_until(not_before.into()).await;
    loop {
        let (runs, age, growth) = (zygote.runs(), zygote.age(), zygote.growth());
        if runs >= recycling.runs {
            return format!("the last one had {runs} programs");
        }
        if age >= recycling.age {
            return format!("the last one was {} s old", age.as_secs());
        }
        if growth >= recycling.growth.bytes() {
            return format!("the last one had grown by {growth} bytes");
        }
        tokio::time::sleep(LOOK.min(recycling.age)).await;
    }
}

async fn start(recipe: &Recipe) -> Result<Rc<Zygote>, String> {
    let settings = &recipe.settings;
    let ids = recipe.ids.take();
    let ids = ids.ok_or("too many zygotes are ending: no user ids are left for another one")?;
    let scratch = Scratch::new().map_err(|error| format!("no temporary folder: {error}"))?;
    let spec = ZygoteSpec {
        first_id: ids.first,
        ids: ids.ids,
        scratch: Some(scratch.path().to_owned()),
        ..recipe.spec.clone()
    };
    let since = Instant::now();
    let launched = (settings.launch)(&spec).map_err(|error| format!("cannot start it: {error}"))?;
    let zygote = Zygote::of(launched, settings.spare, settings.mode(), ids, scratch)
        .map_err(|error| format!("cannot watch it: {error}"))?;
    let said = zygote.ready().await?;
    let off: Vec<_> = said
        .layers
        .iter()
        .filter(|(_, how)| how.starts_with("off"))
        .collect();
    // An ordinary user has no other one to give, and is none that matters.
    let is_missing = |name: &str| name != "identity" || geteuid().is_root();
    let told = |layers: &[&(String, String)]| {
        let each = layers.iter().map(|(name, how)| format!("{name} {how}"));
        each.collect::<Vec<_>>().join("; ")
    };
    if settings.hardening == Hardening::Required {
        let mut missing = off.clone();
        missing.retain(|(name, _)| is_missing(name));
        if !missing.is_empty() {
            return Err(format!(
                "hardening is `required`, but these layers of the native tier are missing: {}; give \
                 the server what they need, or set hardening to `best-effort`, or wasm_only",
                told(&missing)
            ));
        }
    }
    info!(
        "{}: a zygote is ready after {} ms, with {} modules; layers off: {}",
        recipe.name,
        since.elapsed().as_millis(),
        said.imported.len(),
        if off.is_empty() {
            "none".to_owned()
        } else {
            told(&off)
        },
    );
    for (module, why) in &said.failed {
        warn!(
            "{}: {module} cannot be imported beforehand: {why}",
            recipe.name
        );
    }
    Ok(zygote)
}
