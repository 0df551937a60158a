//! What a program left on stderr, read for what it died of.

/// Whether what a program left on stderr says that memory was what it died of, and not something
/// later.
pub fn died_of_memory(stderr: &[u8]) -> bool {
    let text = String::from_utf8_lossy(&stderr[stderr.len().saturating_sub(4096)..]);
    let text = text.trim_end();
    let last = text.lines().next_back().unwrap_or_default();
    let uncaught_in_javascript = |line: &str| {
        line == "RangeError: out of memory" || line == "RangeError: Array buffer allocation failed"
    };
    is_memory_error(last)
        || (last.starts_with("Node.js v") && text.lines().any(uncaught_in_javascript))
        || last.contains("out of memory")
        // What CPython leaves when there is no memory even for a traceback.
        || (last == "lost sys.stderr" && text.contains("\nobject type name: MemoryError\n"))
}

/// Whether this is the last line of a traceback for want of memory: Python's own exception, or numpy's
/// or pyarrow's kind of it.
fn is_memory_error(line: &str) -> bool {
    let class = line.split(':').next().unwrap_or_default();
    let name = class.rsplit('.').next().unwrap_or_default();
    ["MemoryError", "_ArrayMemoryError", "ArrowMemoryError"].contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_that_die_of_memory_are_told_from_those_that_die_of_something_later() {
        let lost = "Traceback (most recent call last):\n  File \"main.py\", line 2, in <module>\n\
                    object type name: MemoryError\nobject repr     : MemoryError()\nlost sys.stderr\n";
        for stderr in [
            "x\nMemoryError\n",
            "MemoryError: 7\n",
            "numpy._core._exceptions._ArrayMemoryError: Unable to allocate 7.45 GiB for an array\n",
            "pyarrow.lib.ArrowMemoryError: malloc of size 8000000000 failed\n",
            "sqlite3: out of memory\n",
            lost,
            "main.js:1\nf()\n^\n\nRangeError: out of memory\n    at f (main.js:1:1)\n\nNode.js v20.20.2\n",
        ] {
            assert!(died_of_memory(stderr.as_bytes()), "{stderr}");
        }
        for stderr in [
            "",
            "MemoryError\nValueError: x\n",
            "ValueError: MemoryError\n",
            "mine.NoMemoryError: x\n",
            "lost sys.stderr\n",
            "RangeError: out of memory\nTypeError: x\n",
            "main.js:1\n\nTypeError: x\n\nNode.js v20.20.2\n",
        ] {
            assert!(!died_of_memory(stderr.as_bytes()), "{stderr}");
        }
    }
}
