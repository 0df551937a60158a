//! What programs find of installed packages.

use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::common::{Request, Server};
use crate::{get, installed, local, run};

const ALL: [&str; 13] = [
    "plain",
    "dual",
    "module-only",
    "waits",
    "changes-globals",
    "individual",
    "builds-native",
    "ships-native",
    "broken",
    "exits",
    "reads-files",
    "leaves-state",
    "spoils-json",
];

/// A server with all fixtures.
fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| installed(&ALL.iter().map(|name| local(name)).collect::<String>()))
}

#[test]
fn packages_are_listed_with_their_versions_and_states() {
    let _ = std::fs::remove_file("/tmp/a-package-ran-this");
    let mut data = get(server(), "");
    let there =
        |name: &str, version: &str| json!({"name": name, "version": version, "state": "snapshot"});
    let later = |name: &str, version: &str, reason: &str| json!({"name": name, "version": version, "state": "when-required", "reason": reason});
    assert_eq!(
        data["dependencies"].take(),
        json!([
            there("plain", "1.2.3"),
            there("dual", "2.0.0"),
            there("module-only", "3.0.0"),
            there("waits", "1.0.0"),
            later(
                "changes-globals",
                "0.1.0",
                "it changes what programs share: Array.prototype.last"
            ),
            later(
                "individual",
                "0.2.0",
                "while it is loaded it asks for randomness and asks for the time (individual/index.js)"
            ),
            later(
                "leaves-state",
                "0.3.0",
                "it changes what programs share: the console's indentation"
            ),
        ])
    );
    let refused = |name: &str, version: &str, reason: &str| json!({"name": name, "version": version, "state": "refused", "reason": reason});
    assert_eq!(
        data["refused"].take(),
        json!([
            refused(
                "builds-native",
                "5.0.0",
                "it needs a native add-on (node-gyp)"
            ),
            refused(
                "ships-native",
                "6.0.0",
                "it needs a native add-on (addon.node)"
            ),
            refused("broken", "7.0.0", "it does not load: Error: not today"),
            refused(
                "exits",
                "8.0.0",
                "it does not load: it ends the program that loads it"
            ),
            refused(
                "reads-files",
                "9.0.0",
                "it does not load: Error: EPERM: operation not permitted, open '/node_modules/reads-files/package.json'"
            ),
            refused(
                "spoils-json",
                "0.4.0",
                "it does not load: it changes how values become JSON"
            ),
        ])
    );
    assert_eq!(data, json!({"dependencies": null, "refused": null}));
    assert!(
        !std::path::Path::new("/tmp/a-package-ran-this").exists(),
        "a package's own script ran"
    );
}

#[test]
fn commonjs_packages_are_required_as_in_node() {
    let code = "
        const plain = require('plain');
        console.log(plain.answer, plain.greet('you'), plain.where);
        console.log(require('plain/extra')(), require('plain/extra/deep.cjs').parent, require('plain/data'));
        console.log(require('plain') === plain, require.resolve('plain'), require.resolve('plain/extra'));
        console.log(require.cache['/node_modules/plain/lib/index.js'].exports === plain, module.children.length);
    ";
    run(server(), code).prints(
        "42 hello you [\n  '/node_modules/plain/lib/index.js',\n  '/node_modules/plain/lib',\n  \
         '/node_modules/plain/lib/index.js',\n  false\n]\nextra plain { answer: 42 }\ntrue \
         /node_modules/plain/lib/index.js /node_modules/plain/extra/index.js\ntrue 2\n",
    );
}

#[test]
fn exports_and_imports_of_a_package_are_followed() {
    let code = "
        const dual = require('dual');
        console.log(dual.kind, dual.inside, dual.itself());
        console.log(require('dual/features/one'), require('dual/list'), require('dual/package.json').version);
        for (const name of ['dual/closed', 'dual/features/private/two', 'dual/cjs/index.cjs', 'dual/features/three']) {
          try { console.log(require(name)); } catch (error) { console.log(error.code, error.message.split('\\n')[0]); }
        }
    ";
    let closed = |path: &str| {
        format!(
            "ERR_PACKAGE_PATH_NOT_EXPORTED Package subpath './{path}' is not defined by \"exports\" in /node_modules/dual/package.json\n"
        )
    };
    run(server(), code).prints(&format!(
        "required inside true\none one 2.0.0\n{}{}{}MODULE_NOT_FOUND Cannot find module '/node_modules/dual/features/three.js'\n",
        closed("closed"),
        closed("features/private/two"),
        closed("cjs/index.cjs"),
    ));
}

#[test]
fn packages_are_imported_as_in_node() {
    let code = "
        import plain, { greet, answer } from 'plain';
        import Dual, { kind, inside, required, here } from 'dual';
        import one from 'dual/features/one';
        import * as all from 'module-only';
        import { createRequire } from 'node:module';
        console.log(plain.name, greet('you'), answer);
        console.log(Dual.name, kind, inside, required, here, one);
        console.log(all, (await all.late()).value);
        console.log((await import('waits')).ready, import.meta.resolve('dual'));
        console.log(createRequire(import.meta.url)('plain') === plain);
        for (const name of ['dual/closed', 'plain/lib', 'plain/lib/index', 'nowhere']) {
          await import(name).catch((error) => console.log(error.code, error.message));
        }
    ";
    run(server(), code).prints(
        "plain hello you 42\nDual imported inside required file:///node_modules/dual/esm/index.mjs\n one\n\
         [Module: null prototype] {\n  default: [Function: main],\n  four: 4,\n  late: [Function: late]\n} late\n\
         true file:///node_modules/dual/esm/index.mjs\ntrue\n\
         ERR_PACKAGE_PATH_NOT_EXPORTED Package subpath './closed' is not defined by \"exports\" in \
         /node_modules/dual/package.json imported from /tmp/main.js\n\
         ERR_UNSUPPORTED_DIR_IMPORT Directory import '/node_modules/plain/lib' is not supported resolving ES modules imported from /tmp/main.js\n\
         ERR_MODULE_NOT_FOUND Cannot find module '/node_modules/plain/lib/index' imported from /tmp/main.js\n\
         ERR_MODULE_NOT_FOUND Cannot find package 'nowhere' imported from /tmp/main.js\n",
    );
}

#[test]
fn es_modules_can_be_required_unless_they_wait() {
    let code = "
        const main = require('module-only');
        console.log(main.default(), main.four, main.__esModule);
        main.late().then(({ value }) => console.log(value));
        try { require('waits'); } catch (error) { console.log(error.code); }
    ";
    run(server(), code).prints("default 4 true\nERR_REQUIRE_ASYNC_MODULE\nlate\n");
}

#[test]
fn what_a_package_takes_from_chance_and_time_is_each_programs_own() {
    let code = "const { id, started, steady } = require('individual');
        console.log(JSON.stringify([id, Math.abs(Date.now() - started) < 60000, steady, require('individual').id === id]));";
    let result = || -> Vec<Value> {
        let ran = run(server(), code);
        serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"))
    };
    let (first, second) = (result(), result());
    assert_ne!(first[0], second[0]);
    let rest = [json!(true), json!({"steady": true}), json!(true)];
    assert_eq!((&first[1..], &second[1..]), (&rest[..], &rest[..]));
}

#[test]
fn a_package_that_changes_globals_changes_them_only_for_those_who_require_it() {
    run(server(), "console.log([1, 2].last)").prints("undefined\n");
    run(
        server(),
        "console.log(require('changes-globals'), [1, 2].last())",
    )
    .prints("changed 2\n");
    run(server(), "console.log([1, 2].last)").prints("undefined\n");
}

#[test]
fn nor_does_state_that_no_property_shows_reach_the_others() {
    run(server(), "console.log(require('plain').answer)").prints("42\n");
    let code = "const state = require('leaves-state'); console.log(state, require('plain'))";
    let ran = run(server(), code);
    assert_eq!((ran.exit_code, &*ran.stdout), (3, "  state hijacked\n"));
}

#[test]
fn what_a_program_does_to_a_package_the_next_one_does_not_see() {
    let spoil = "
        const plain = require('plain');
        plain.greet = () => 'spoilt';
        delete require.cache[require.resolve('dual')];
        require('module-only').default.extra = 1;
        console.log(require('plain').greet());
    ";
    run(server(), spoil).prints("spoilt\n");
    let look = "console.log(require('plain').greet('x'), require('dual').itself(), require('module-only').default.extra)";
    run(server(), look).prints("hello x true undefined\n");
}

#[test]
fn requiring_a_refused_package_says_why_it_was_refused() {
    let code = "
        try { require('builds-native'); } catch (error) { console.log(error.code, error.message); }
        import('broken/sub').catch((error) => console.log(error.code, error.message));
    ";
    run(server(), code).prints(
        "MODULE_NOT_FOUND Cannot find module 'builds-native'\nRequire stack:\n- /tmp/main.js\n\
         builds-native is listed in dependencies/nodejs-requirements.txt, but was refused: it needs a native add-on (node-gyp)\n\
         ERR_MODULE_NOT_FOUND Cannot find package 'broken' imported from /tmp/main.js\n\
         broken is listed in dependencies/nodejs-requirements.txt, but was refused: it does not load: Error: not today\n",
    );
}

#[test]
fn errors_thrown_in_a_package_show_its_line() {
    let ran = run(server(), "require('plain').fail()");
    assert_eq!(ran.exit_code, 1);
    let begins = "/node_modules/plain/lib/index.js:8\n  throw new RangeError('too far');\n  ^\n\nRangeError: too far\n    at";
    assert!(ran.stderr.starts_with(begins), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("(/node_modules/plain/lib/index.js:8:"),
        "{}",
        ran.stderr
    );
}

#[test]
fn files_stay_out_of_reach_of_programs() {
    let code = "
        const fs = require('fs');
        try { fs.readFileSync('/node_modules/plain/data.json'); } catch (error) { console.log(error.code); }
        for (const name of ['/etc/hostname', '/tmp/x', '../node_modules/../tmp/x', '/node_modules/../etc/hostname']) {
          try { console.log(require(name)); } catch (error) { console.log(error.code); }
        }
    ";
    let missing = "MODULE_NOT_FOUND\n".repeat(4);
    run(server(), code).prints(&format!("EPERM\n{missing}"));
}

#[test]
fn requiring_costs_next_to_nothing() {
    // In fuel, which is the same on every machine; the log tells it.
    let fuel = |id: &str, code: &str| -> u64 {
        let body = json!({"language": "nodejs", "code": code});
        let parent = format!("00-{id}-b7ad6b7169203331-01");
        let response = server().send(&Request::run(&body).header("traceparent", &parent));
        assert_eq!(response.json()["data"]["error"], "");
        let line = server().log_line(&format!("request_id={id}"));
        let (_, rest) = line.split_once("fuel=").unwrap();
        let digits = rest.split(|c: char| !c.is_ascii_digit()).next().unwrap();
        digits.parse().unwrap()
    };
    let nothing = fuel("0af7651916cd43dd8448eb211c80319c", "0");
    let all = "require('plain'); require('dual'); require('module-only')";
    let cost = fuel("1af7651916cd43dd8448eb211c80319c", all) - nothing;
    assert!(cost < 50_000, "{cost}");
}
