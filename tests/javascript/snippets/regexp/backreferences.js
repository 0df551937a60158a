console.log('hello wood'.match(/(\w)\1/g), /(?<q>['"]).*?\k<q>/.exec(`say "it's" ok`)[0], 'abcabc'.replace(/(abc)\1/, '<$1>'));
console.log(/(a*)*/.exec('b'), /(z)((a+)?(b+)?(c))*/.exec('zaacbbbcac'), /(?=(a+))a*b\1/.exec('baaabac'));
