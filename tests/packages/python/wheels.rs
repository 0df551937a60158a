//! Makes packages for pip to install.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The format: <https://packaging.python.org/en/latest/specifications/binary-distribution-format/>
const MAKE: &str = r#"
import sys, zipfile
folder, name, version, *needs = sys.argv[1:]
information = f'{name}-{version}.dist-info'
metadata = f'Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n'
metadata += ''.join(f'Requires-Dist: {need}\n' for need in needs)
files = {
    f'{name}/__init__.py': f'version = {version!r}\n',
    f'{information}/METADATA': metadata,
    f'{information}/WHEEL': 'Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
}
record = f'{information}/RECORD'
files[record] = ''.join(f'{path},,\n' for path in [*files, record])
path = f'{folder}/{name}-{version}-py3-none-any.whl'
with zipfile.ZipFile(path, 'w') as wheel:
    for each, text in files.items():
        wheel.writestr(zipfile.ZipInfo(each, (2024, 2, 29, 12, 0, 0)), text)
print(path)
"#;

/// A wheel in `folder` of a package that has its `version` and needs others.
pub fn pure(folder: &Path, name: &str, version: &str, needs: &[&str]) -> PathBuf {
    let made = Command::new("/usr/bin/python3")
        .args(["-I", "-c", MAKE])
        .arg(folder)
        .args([name, version])
        .args(needs)
        .output()
        .expect("python3 is needed: run `make test`");
    assert!(made.status.success(), "{made:?}");
    PathBuf::from(String::from_utf8(made.stdout).unwrap().trim())
}

/// The sources of a package in `folder`, which are built by running `code` in place of a compiler.
pub fn source(folder: &Path, name: &str, code: &str) {
    let folder = folder.join(name);
    std::fs::create_dir_all(&folder).unwrap();
    let project =
        "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n";
    let backend = format!(
        "import os\n\
         def prepare_metadata_for_build_wheel(folder, config_settings=None):\n    \
             name = '{name}-1.0.dist-info'\n    \
             os.mkdir(f'{{folder}}/{{name}}')\n    \
             with open(f'{{folder}}/{{name}}/METADATA', 'w') as file:\n        \
                 file.write('Metadata-Version: 2.1\\nName: {name}\\nVersion: 1.0\\n')\n    \
             return name\n\
         def build_wheel(folder, config_settings=None, metadata_directory=None):\n    {code}\n"
    );
    std::fs::write(folder.join("pyproject.toml"), project).unwrap();
    std::fs::write(folder.join("backend.py"), backend).unwrap();
}
