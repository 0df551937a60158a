'abc'.replace(/b/, () => undefinedFunction());
