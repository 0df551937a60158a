class Config {
  constructor(options) {
    this.host = options.host.trim();
  }
}
class Child extends Config {
  constructor() { super({}); }
}
new Child();
