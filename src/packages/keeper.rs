//! The process that keeps the packages what the requirements file says. It has each set made by a
//! process of its own and tells the supervisor, which then starts a server with it.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use tracing::{info, warn};

use super::cache;
use super::child;
use super::install::Places;
use super::maintain::{Ready, ready};
use super::requirements;
use super::settlement::Settlement;
use crate::program::Package;
use crate::supervisor::channel::{Ear, Mouth};
use crate::supervisor::protocol::{FromChild, ToChild};

/// How long making a set may take.
const PATIENCE: Duration = Duration::from_secs(900);

/// Brings the packages up to date now, whenever `period` has passed, and when it is asked to; ends
/// with the supervisor.
pub async fn keep(places: &Places, period: Duration, mut ear: Ear, mut mouth: Mouth) {
    let mut keeper = Keeper::new(places);
    loop {
        if matches!(ready(places), Ok(Ready::NotMade(_)))
            && mouth.tell(&FromChild::Making).await.is_err()
        {
            return;
        }
        let problem = match keeper.bring_up_to_date().await {
            Ok(None) => None,
            Ok(Some(news)) => {
                let _ = mouth.tell(&FromChild::Replace(news)).await;
                None
            }
            Err(problem) => {
                warn!("npm packages: {problem}; what was there before stays");
                Some(problem)
            }
        };
        let settlement = Settlement {
            // What was there before stays where there is a problem.
            packages: problem.is_none().then(|| packages(places)),
            problem,
        };
        let said = FromChild::Settled(settlement.to_text());
        if mouth.tell(&said).await.is_err() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(period) => {}
            asked = ear.next() => match asked {
                Some(ToChild::Refresh) => {}
                // Nobody says anything else to a keeper, but that it is over.
                _ => return,
            }
        }
        // However often it was asked meanwhile, once answers all of them.
        while let Ok(asked) = tokio::time::timeout(Duration::ZERO, ear.next()).await {
            if asked != Some(ToChild::Refresh) {
                return;
            }
        }
    }
}

/// What programs find with the requirements as they are.
fn packages(places: &Places) -> Vec<Package> {
    match ready(places) {
        Ok(Ready::Set(set, _)) => cache::packages(&set),
        _ => Vec::new(),
    }
}

struct Keeper<'a> {
    places: &'a Places,
    /// SHA-256 of the requirements whose set servers start with.
    in_use: Option<String>,
}

impl<'a> Keeper<'a> {
    /// For servers that start with what is there now.
    fn new(places: &'a Places) -> Self {
        let in_use = match ready(places) {
            Ok(Ready::Set(_, sha256) | Ready::NothingWanted(sha256)) => Some(sha256),
            Ok(Ready::NotMade(_)) | Err(_) => None,
        };
        Self { places, in_use }
    }

    /// Does what the requirements file asks for, if that is not done. Says what is new for servers
    /// that are started from now on.
    ///
    /// # Errors
    /// In words for the operator; then everything is as it was.
    async fn bring_up_to_date(&mut self) -> Result<Option<String>, String> {
        let made = match ready(self.places)? {
            Ready::NotMade(_) => {
                make(self.places).await?;
                ready(self.places)?
            }
            there => there,
        };
        let sha256 = match made {
            Ready::Set(_, sha256) | Ready::NothingWanted(sha256) => sha256,
            Ready::NotMade(_) => {
                return Err("the requirements file changed meanwhile: refresh again".to_owned());
            }
        };
        if self.in_use.as_ref() == Some(&sha256) {
            return Ok(None);
        }
        self.in_use = Some(sha256);
        Ok(Some("new npm packages".to_owned()))
    }
}

/// Has the set made, by `belljar packages install`.
async fn make(places: &Places) -> Result<(), String> {
    let program = std::env::current_exe()
        .map_err(|error| format!("cannot tell where this program is: {error}"))?;
    let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
    let mut arguments: Vec<OsString> = vec!["packages".into(), "install".into()];
    for (option, path) in [
        ("--requirements", &places.requirements),
        ("--cache", &places.cache),
        ("--runtimes", &places.runtimes),
    ] {
        arguments.extend([option.into(), absolute(path).into()]);
    }
    info!("npm packages: installing what {} lists", requirements::FILE);
    let folder = std::env::temp_dir();
    let ended = child::run(program.as_os_str(), &arguments, &folder, PATIENCE)
        .await
        .map_err(|error| format!("cannot start `belljar packages install`: {error}"))?;
    match ended.status {
        Some(status) if status.success() => Ok(()),
        Some(status) => {
            let words = ended.stderr.trim().replace("belljar: error: ", "");
            Err(if words.is_empty() {
                format!("`belljar packages install` failed: {status}")
            } else {
                words
            })
        }
        None => Err(format!(
            "installing did not end within {} s",
            PATIENCE.as_secs()
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::os::unix::net::UnixStream;

    use super::*;
    use crate::supervisor::channel;
    use crate::supervisor::protocol::{Decoder, Message as _};

    #[tokio::test]
    async fn asked_many_times_at_once_it_looks_once_more() {
        let nowhere = PathBuf::from("/nowhere");
        let places = Places {
            requirements: nowhere.join("requirements.txt"),
            cache: nowhere.join("cache"),
            runtimes: nowhere.join("runtimes"),
        };
        let (mut ours, theirs) = UnixStream::pair().unwrap();
        for _ in 0..50 {
            ours.write_all(&ToChild::Refresh.to_frame()).unwrap();
        }
        let (ear, mouth) = channel::open(theirs).unwrap();
        let keeping = keep(&places, Duration::from_secs(3600), ear, mouth);
        let _ = tokio::time::timeout(Duration::from_millis(500), keeping).await;
        let mut said = Vec::new();
        // The keeper's end is closed by now.
        ours.read_to_end(&mut said).unwrap();
        let mut decoder = Decoder::default();
        decoder.push(&said);
        let mut settled = 0;
        while let Some(message) = decoder.take().unwrap() {
            settled += usize::from(matches!(message, FromChild::Settled(_)));
        }
        assert_eq!(settled, 2, "at the start, and for all who asked");
    }
}
