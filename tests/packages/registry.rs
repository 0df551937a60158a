//! Packages that people use, from the npm registry.

use crate::{get, installed, run};

const LIST: &str =
    "lodash@4.17.21\ndayjs@1.11.13\nuuid 11.1.0\najv@8.17.1\nmathjs@14.5.2\nbcrypt@5.1.1\n";

#[test]
fn well_known_packages_work_and_wait_in_the_snapshot() {
    let server = installed(LIST);
    let data = get(&server, "");
    let problem = data["problem"].as_str().unwrap_or_default();
    assert!(
        !problem.starts_with("npm cannot reach the registry"),
        "the npm registry cannot be reached from this machine, which says nothing of Belljar:\n{problem}"
    );
    assert_eq!(problem, "");
    let listed: Vec<_> = data["dependencies"].as_array().unwrap().iter().collect();
    let listed: Vec<_> = listed
        .iter()
        .map(|package| {
            let text = |field: &str| package[field].as_str().unwrap();
            (text("name"), text("version"), text("state"))
        })
        .collect();
    let expected = [
        ("lodash", "4.17.21"),
        ("dayjs", "1.11.13"),
        ("uuid", "11.1.0"),
        ("ajv", "8.17.1"),
        ("mathjs", "14.5.2"),
    ];
    assert_eq!(
        listed,
        expected.map(|(name, version)| (name, version, "snapshot"))
    );
    assert_eq!(data["refused"][0]["name"], "bcrypt");
    assert_eq!(
        data["refused"][0]["reason"],
        "it needs a native add-on (binding.gyp)"
    );

    let required = "
        const _ = require('lodash');
        const fp = require('lodash/fp');
        const dayjs = require('dayjs');
        dayjs.extend(require('dayjs/plugin/utc'));
        const { validate, v4 } = require('uuid');
        const Ajv = require('ajv');
        const math = require('mathjs');
        console.log(_.chunk([1, 2, 3, 4, 5], 2), _.template('hello <%= user %>!')({ user: 'fred' }));
        console.log(fp.flow(fp.map((n) => n * 2), fp.sum)([1, 2, 3]));
        console.log(dayjs.utc('2024-02-29T12:00:00Z').add(1, 'year').format('YYYY-MM-DD HH:mm'));
        console.log(validate(v4()));
        const check = new Ajv().compile({ type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] });
        console.log(check({ a: 1 }), check({}), check.errors[0].message);
        console.log(math.evaluate('sqrt(3^2 + 4^2)'), math.derivative('x^3', 'x').toString(), math.inv([[1, 2], [3, 4]]));
    ";
    run(&server, required).prints(
        "[ [ 1, 2 ], [ 3, 4 ], [ 5 ] ] hello fred!\n12\n2025-02-28 12:00\ntrue\ntrue false must have required property 'a'\n\
         5 3 * x ^ 2 [ [ -2, 1 ], [ 1.5, -0.5 ] ]\n",
    );

    let imported = "
        import _, { groupBy } from 'lodash';
        import dayjs from 'dayjs';
        import utc from 'dayjs/plugin/utc.js';
        import { v4, version } from 'uuid';
        import Ajv from 'ajv';
        import { add, evaluate } from 'mathjs';
        dayjs.extend(utc);
        console.log(groupBy([1, 2, 3], (n) => n % 2), _.VERSION, dayjs.utc(0).format(), version(v4()), new Ajv().validate({ type: 'number' }, 1));
        console.log(add(1, 2), evaluate('det([1, 2; 3, 4])'));
    ";
    run(&server, imported)
        .prints("{ '0': [ 2 ], '1': [ 1, 3 ] } 4.17.21 1970-01-01T00:00:00Z 4 true\n3 -2\n");

    let own = "console.log(require('uuid').v4(), require('mathjs').random(), require('lodash').random(1e9))";
    assert_ne!(run(&server, own).stdout, run(&server, own).stdout);
    run(
        &server,
        "require('lodash').map = () => 'spoilt'; console.log(require('lodash').map())",
    )
    .prints("spoilt\n");
    run(
        &server,
        "console.log(require('lodash').map([1], (n) => n + 1))",
    )
    .prints("[ 2 ]\n");
}
