structuredClone(() => {});
