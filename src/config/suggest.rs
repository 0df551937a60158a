//! "Did you mean …?" for keys that nobody knows.

use super::keys;

/// The known key nearest to `path`, if one is near enough to be what was meant.
pub fn nearest_key(path: &str) -> Option<&'static str> {
    let last = last_part(path);
    let allowed = (path.chars().count() / 3).clamp(1, 3);
    keys::ALL
        .iter()
        .map(|key| {
            // A right name in the wrong group is as near as one mistyped letter.
            let misplaced = edit_distance(last, last_part(key.path)) + 1;
            let mistyped = edit_distance(path, key.path);
            (mistyped.min(misplaced), key.path)
        })
        .min()
        .filter(|(distance, _)| *distance <= allowed)
        .map(|(_, path)| path)
}

fn last_part(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// Levenshtein's distance, in characters.
fn edit_distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in to.iter().enumerate() {
            let substituted = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_key_is_recognised() {
        for (wrong, right) in [
            ("max_worker", "max_workers"),
            ("app.prot", "app.port"),
            ("worker_timout", "worker_timeout"),
            ("enable-network", "enable_network"),
        ] {
            assert_eq!(nearest_key(wrong), Some(right), "{wrong}");
        }
    }

    #[test]
    fn a_key_in_the_wrong_place_is_recognised() {
        assert_eq!(nearest_key("port"), Some("app.port"));
        assert_eq!(nearest_key("app.max_workers"), Some("max_workers"));
    }

    #[test]
    fn nothing_is_guessed_for_something_else() {
        assert_eq!(nearest_key("mode"), None);
        assert_eq!(nearest_key("python_version"), None);
    }
}
