# What `python -c` runs: loads the zygote's modules, which come with its configuration at
# descriptor 4, and lets it serve. In a child `main` returns, and the program runs after the end.
import json, sys, types
with open(4, "rb") as file:
    config = json.loads(file.read())
for name, source in config["sources"]:
    module = sys.modules["_belljar_" + name] = types.ModuleType("_belljar_" + name)
    exec(compile(source, "<belljar>/%s.py" % name, "exec"), module.__dict__)
main = module.main
for name, source in config.pop("sources"):
    del sys.modules["_belljar_" + name]
main(config, sys._getframe().f_code)
