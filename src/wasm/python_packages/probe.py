# Tries modules in the sandbox and prints what came of each as a line of JSON behind a mark. Belljar
# puts the line `REQUEST = …` and `effects.py` before this: {"mark", "modules", "effects"}. With "effects"
# it also tells what they changed for everybody, up to the end of the program.
#
# What a module does to this program (printing, exiting, replacing builtins) concerns the verdict on its
# own distribution only: each is tried in an instance of its own.
import atexit, importlib, json, os, sys

known = set(sys.modules)


class Asked:
    """First among the finders: sees every name that is looked for."""

    def __init__(self):
        self.names = set()

    def find_spec(self, name, path=None, target=None):
        self.names.add(name)


class Missing(Asked):
    """The last one: sees those that nobody found."""


asked, missing = Asked(), Missing()
sys.meta_path.insert(0, asked)
sys.meta_path.append(missing)
effects = Effects() if REQUEST["effects"] else None


def causes(error):
    """The exceptions behind one, itself first, each with the module that it misses."""
    found = []
    while error is not None and len(found) < 8:
        name = getattr(error, "name", None)
        is_import = isinstance(error, ImportError) and isinstance(name, str)
        text = str(error).strip().split("\n")[0]
        found.append({"kind": type(error).__name__, "text": text[:300], "module": name if is_import else None})
        error = error.__cause__ or error.__context__
    return found


def attempt(
    name,
    *,
    load=importlib.import_module,
    dumps=json.dumps,
    write=os.write,
    modules=sys.modules,
    mark=REQUEST["mark"],
    BaseException=BaseException,
    sorted=sorted,
    set=set,
):
    write(1, f"\n{mark}{dumps({'begins': name})}\n".encode())
    failure = None
    try:
        load(name)
    except BaseException as error:
        failure = causes(error)
    result = {
        "module": name,
        "failure": failure,
        "loaded": sorted(set(modules) - known),
        "asked": sorted(asked.names),
        "missing": sorted(missing.names),
    }
    asked.names.clear()
    missing.names.clear()
    known.update(modules)
    if effects is not None and failure is None:
        changed = effects.changed()
        atexit._run_exitfuncs()
        result["changed"] = changed or effects.changed()
    write(1, f"\n{mark}{dumps(result)}\n".encode())


for name in REQUEST["modules"]:
    attempt(name)
os._exit(0)
