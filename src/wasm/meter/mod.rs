//! Builds fuel metering into a module, before it is compiled.
//!
//! Guarantee: in the result every cycle of control flow, by loop or by call, passes a check of the
//! fuel counter, so a guest always comes back to the host after a bounded amount of work.
//!
//! The counter is an exported global. A check subtracts the cost of what follows and, when the
//! counter falls below zero, calls the imported `belljar.refuel`, which gives the next slice or
//! ends the run. Checks stand at the head of every loop, and at the entry of every function that
//! calls through a table or is part of a cycle of direct calls. wasmtime's own fuel counts every
//! branch and saves the counter around every call, which costs CPython 14 to 65 %; this costs a
//! fraction of that (`docs/benchmarks.md`), and is as deterministic.
//!
//! An interpreter's dispatch loop turns once per bytecode, far more often than needed. A loop that
//! calls the imported `belljar.charge(units)` gets no check of its own: the runtime's recipe
//! promises that every backward step of the interpreted program charges (see
//! `wasm-runtimes/python/patches`). The call is replaced by a check that takes what it was given.
//! Should a guest whose memory is corrupted find a way round that promise, the loop is still
//! checked every [`TURNS`] turns, which costs one addition in a register per turn.
//!
//! The unit: four WebAssembly operators of straight-line code, at least 1 and at most 16 per check
//! (of a large body only a part is executed each time). Copying or filling memory costs 1 per 16
//! bytes.

mod costs;
mod cycles;

use costs::Checks;
use wasm_encoder::reencode::{self, Reencode, utils};
use wasm_encoder::{
    BlockType, BranchHint, BranchHints, CodeSection, ConstExpr, EntityType, ExportKind,
    ExportSection, Function, GlobalSection, GlobalType, ImportSection, Instruction, Section,
    TypeSection, ValType,
};
use wasmparser::{FunctionBody, Operator, Parser, Payload};

/// The exported global that counts down.
pub const FUEL_EXPORT: &str = "belljar_fuel";
/// The import that is called when it falls below zero.
pub const REFUEL_IMPORT: (&str, &str) = ("belljar", "refuel");

/// The import by which a guest charges itself; replaced by a check.
pub const CHARGE_IMPORT: (&str, &str) = ("belljar", "charge");

/// Turns after which a loop that charges by itself is checked all the same; a power of two.
const TURNS: i32 = 1 << 20;
/// log2 of the bytes that cost one unit when memory is copied or filled.
const BYTES_SHIFT: i64 = 4;

/// Why a module cannot be metered.
#[derive(Debug, thiserror::Error)]
pub enum MeterError {
    #[error("the module is malformed: {0}")]
    Module(#[from] reencode::Error),
    #[error("the module is malformed: {0}")]
    Parse(#[from] wasmparser::BinaryReaderError),
    #[error("the module imports globals, so the fuel counter would move them")]
    ImportedGlobals,
    #[error("the module has no `{0}` section to add the fuel counter to")]
    NoSection(&'static str),
}

/// The module with fuel metering built in.
///
/// # Errors
/// When the module is malformed or imports globals.
pub fn meter(module: &[u8]) -> Result<Vec<u8>, MeterError> {
    let mut pass = Pass::scan(module)?;
    let mut output = wasm_encoder::Module::new();
    pass.parse_core_module(&mut output, Parser::new(0), module)?;
    for (there, section) in [
        (pass.refuel.is_some(), "import"),
        (pass.counter.is_some(), "global"),
        (pass.exported, "export"),
    ] {
        if !there {
            return Err(MeterError::NoSection(section));
        }
    }
    with_hints(&output.finish(), &pass.hints)
}

/// Puts the branch hints where they belong, before the code they speak of.
fn with_hints(module: &[u8], hints: &BranchHints) -> Result<Vec<u8>, MeterError> {
    let mut at = module.len();
    let mut sections_end = 8;
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        if matches!(payload, Payload::CodeSectionStart { .. }) {
            at = sections_end;
            break;
        }
        if let Some((_, range)) = payload.as_section() {
            sections_end = range.end;
        }
    }
    let mut section = Vec::new();
    hints.append_to(&mut section);
    let mut output = Vec::with_capacity(module.len() + section.len());
    output.extend_from_slice(&module[..at]);
    output.extend_from_slice(&section);
    output.extend_from_slice(&module[at..]);
    Ok(output)
}

struct Pass {
    imported_functions: u32,
    types: u32,
    globals: u32,
    /// The function index of the refuel import.
    refuel: Option<u32>,
    /// The global index of the counter.
    counter: Option<u32>,
    exported: bool,
    next_function: u32,
    /// The function index of `belljar.charge`, if the module has it.
    charge: Option<u32>,
    /// The checks of each defined function.
    checks: std::vec::IntoIter<Checks>,
    /// Number of parameters of each function type.
    type_params: Vec<u32>,
    /// The type of each defined function.
    function_types: Vec<u32>,
    hints: BranchHints,
}

impl Pass {
    fn scan(module: &[u8]) -> Result<Self, MeterError> {
        let mut pass = Self {
            imported_functions: 0,
            types: 0,
            globals: 0,
            refuel: None,
            counter: None,
            exported: false,
            next_function: 0,
            charge: None,
            checks: Vec::new().into_iter(),
            type_params: Vec::new(),
            function_types: Vec::new(),
            hints: BranchHints::new(),
        };
        let mut bodies = Vec::new();
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::CodeSectionEntry(body) => bodies.push(body),
                Payload::TypeSection(section) => {
                    for ty in section.into_iter_err_on_gc_types() {
                        pass.type_params.push(ty?.params().len() as u32);
                    }
                    pass.types = pass.type_params.len() as u32;
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import?;
                        match import.ty {
                            wasmparser::TypeRef::Func(_) => {
                                if (import.module, import.name) == CHARGE_IMPORT {
                                    pass.charge = Some(pass.imported_functions);
                                }
                                pass.imported_functions += 1;
                            }
                            wasmparser::TypeRef::Global(_) => {
                                return Err(MeterError::ImportedGlobals);
                            }
                            _ => {}
                        }
                    }
                }
                Payload::FunctionSection(section) => {
                    for ty in section {
                        pass.function_types.push(ty?);
                    }
                }
                Payload::GlobalSection(section) => pass.globals = section.count(),
                _ => {}
            }
        }
        pass.checks = costs::checks(&bodies, pass.imported_functions, pass.charge)?.into_iter();
        Ok(pass)
    }
}

impl Reencode for Pass {
    type Error = std::convert::Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, reencode::Error> {
        // The refuel import comes last of the imports, before every defined function.
        Ok(if function >= self.imported_functions {
            function + 1
        } else {
            function
        })
    }

    fn parse_type_section(
        &mut self,
        types: &mut TypeSection,
        section: wasmparser::TypeSectionReader<'_>,
    ) -> Result<(), reencode::Error> {
        utils::parse_type_section(self, types, section)?;
        types.ty().function([], []);
        Ok(())
    }

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: wasmparser::ImportSectionReader<'_>,
    ) -> Result<(), reencode::Error> {
        utils::parse_import_section(self, imports, section)?;
        let (module, name) = REFUEL_IMPORT;
        imports.import(module, name, EntityType::Function(self.types));
        self.refuel = Some(self.imported_functions);
        Ok(())
    }

    fn parse_global_section(
        &mut self,
        globals: &mut GlobalSection,
        section: wasmparser::GlobalSectionReader<'_>,
    ) -> Result<(), reencode::Error> {
        utils::parse_global_section(self, globals, section)?;
        let ty = GlobalType {
            val_type: ValType::I64,
            mutable: true,
            shared: false,
        };
        globals.global(ty, &ConstExpr::i64_const(0));
        self.counter = Some(self.globals);
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: wasmparser::ExportSectionReader<'_>,
    ) -> Result<(), reencode::Error> {
        utils::parse_export_section(self, exports, section)?;
        exports.export(FUEL_EXPORT, ExportKind::Global, self.globals);
        self.exported = true;
        Ok(())
    }

    fn parse_function_body(
        &mut self,
        code: &mut CodeSection,
        body: FunctionBody<'_>,
    ) -> Result<(), reencode::Error> {
        let checks = self.checks.next().expect("every body was scanned");
        let defined = self.next_function as usize;
        self.next_function += 1;
        let mut locals = Vec::new();
        let params = self.type_params[self.function_types[defined] as usize];
        let mut local_count = params;
        for local in body.get_locals_reader()? {
            let (count, ty) = local?;
            local_count += count;
            locals.push((count, self.val_type(ty)?));
        }
        locals.push((1, ValType::I64));
        locals.push((2, ValType::I32));
        let mut out = MeteredFunction {
            function: Function::new(locals),
            counter: self.globals,
            refuel: self.imported_functions,
            scratch: local_count,
            length: local_count + 1,
            turns: local_count + 2,
            hints: Vec::new(),
        };
        if let Some(cost) = checks.entry {
            out.check(Cost::Fixed(cost));
        }
        let mut loops = checks.loops.into_iter();
        let mut reader = body.get_operators_reader()?;
        while !reader.eof() {
            let operator = reader.read()?;
            if matches!(operator, Operator::Call { function_index } if Some(function_index) == self.charge)
            {
                out.function.instruction(&Instruction::LocalSet(out.length));
                out.check(Cost::Given);
                continue;
            }
            let is_loop = matches!(operator, Operator::Loop { .. });
            if matches!(
                operator,
                Operator::MemoryCopy { .. } | Operator::MemoryFill { .. }
            ) {
                out.charge_length();
            }
            out.function.instruction(&self.instruction(operator)?);
            if is_loop {
                match loops.next().expect("every loop was scanned") {
                    Some(cost) => out.check(Cost::Fixed(cost)),
                    None => out.check_now_and_then(),
                }
            }
        }
        code.function(&out.function);
        if !out.hints.is_empty() {
            let function = self.imported_functions + 1 + defined as u32;
            self.hints.function_hints(function, out.hints);
        }
        Ok(())
    }
}

/// What a check takes.
enum Cost {
    Fixed(u32),
    /// As many as the local `length` says.
    Given,
}

struct MeteredFunction {
    function: Function,
    counter: u32,
    refuel: u32,
    /// A local for the counter's new value.
    scratch: u32,
    /// A local for the length of a copy, or a cost that is given.
    length: u32,
    /// A local that counts the turns of loops that charge by themselves.
    turns: u32,
    hints: Vec<BranchHint>,
}

impl MeteredFunction {
    /// `if ((counter -= cost) < 0) refuel();`
    fn check(&mut self, cost: Cost) {
        self.function
            .instruction(&Instruction::GlobalGet(self.counter));
        match cost {
            Cost::Fixed(cost) => {
                self.function
                    .instruction(&Instruction::I64Const(i64::from(cost)));
            }
            Cost::Given => {
                self.function
                    .instruction(&Instruction::LocalGet(self.length))
                    .instruction(&Instruction::I64ExtendI32U);
            }
        }
        self.function
            .instruction(&Instruction::I64Sub)
            .instruction(&Instruction::LocalTee(self.scratch))
            .instruction(&Instruction::GlobalSet(self.counter))
            .instruction(&Instruction::LocalGet(self.scratch))
            .instruction(&Instruction::I64Const(0))
            .instruction(&Instruction::I64LtS);
        self.unlikely_if();
        self.function
            .instruction(&Instruction::Call(self.refuel))
            .instruction(&Instruction::End);
    }

    /// `if (++turns % TURNS == 0) { check; }`
    fn check_now_and_then(&mut self) {
        self.function
            .instruction(&Instruction::LocalGet(self.turns))
            .instruction(&Instruction::I32Const(1))
            .instruction(&Instruction::I32Add)
            .instruction(&Instruction::LocalTee(self.turns))
            .instruction(&Instruction::I32Const(TURNS - 1))
            .instruction(&Instruction::I32And)
            .instruction(&Instruction::I32Eqz);
        self.unlikely_if();
        self.check(Cost::Fixed(TURNS.unsigned_abs()));
        self.function.instruction(&Instruction::End);
    }

    fn unlikely_if(&mut self) {
        self.hints.push(BranchHint {
            branch_func_offset: self.function.byte_len() as u32,
            branch_hint_value: 0,
        });
        self.function
            .instruction(&Instruction::If(BlockType::Empty));
    }

    /// `counter -= length >> BYTES_SHIFT`, with the length on top of the stack before and after.
    /// The next check looks at it.
    fn charge_length(&mut self) {
        self.function
            .instruction(&Instruction::LocalSet(self.length))
            .instruction(&Instruction::GlobalGet(self.counter))
            .instruction(&Instruction::LocalGet(self.length))
            .instruction(&Instruction::I64ExtendI32U)
            .instruction(&Instruction::I64Const(BYTES_SHIFT))
            .instruction(&Instruction::I64ShrU)
            .instruction(&Instruction::I64Sub)
            .instruction(&Instruction::GlobalSet(self.counter))
            .instruction(&Instruction::LocalGet(self.length));
    }
}

#[cfg(test)]
mod tests {
    use wasmtime::{Caller, Engine, Linker, Module, Store, Val};

    use super::*;

    fn unreached() {
        panic!("metering replaces this call by a check");
    }

    /// Runs the export `go` with this much fuel; the error is the end of the fuel.
    fn run(text: &str, fuel: i64) -> Result<(i32, i64), String> {
        let metered = meter(&wat::parse_str(text).unwrap()).unwrap();
        let engine = Engine::default();
        let module = Module::new(&engine, &metered).unwrap();
        let mut linker = Linker::new(&engine);
        let (import, name) = REFUEL_IMPORT;
        linker
            .func_wrap(import, name, |_: Caller<'_, ()>| -> wasmtime::Result<()> {
                Err(wasmtime::format_err!("out of fuel"))
            })
            .unwrap();
        linker.func_wrap("host", "seven", || 7i32).unwrap();
        let (import, name) = CHARGE_IMPORT;
        linker
            .func_wrap(import, name, |_: i32| unreached())
            .unwrap();
        let mut store = Store::new(&engine, ());
        let instance = linker.instantiate(&mut store, &module).unwrap();
        let counter = instance.get_global(&mut store, FUEL_EXPORT).unwrap();
        counter.set(&mut store, Val::I64(fuel)).unwrap();
        let go = instance
            .get_typed_func::<(), i32>(&mut store, "go")
            .unwrap();
        let result = go
            .call(&mut store, ())
            .map_err(|error| format!("{error:?}"))?;
        let left = counter.get(&mut store).unwrap_i64();
        Ok((result, fuel - left))
    }

    fn runs_out(text: &str) {
        let error = run(text, 1_000_000).unwrap_err();
        assert!(error.contains("out of fuel"), "{error}");
    }

    /// Every runtime imports functions and has globals; so must these.
    const GLOBAL: &str =
        "(import \"host\" \"seven\" (func (result i32))) (global (mut i32) (i32.const 0))";

    #[test]
    fn an_endless_loop_ends() {
        runs_out(&format!(
            "(module {GLOBAL} (func (export \"go\") (result i32) (loop (br 0)) i32.const 0))"
        ));
    }

    #[test]
    fn endless_recursion_by_tail_call_ends() {
        runs_out(&format!(
            "(module {GLOBAL} (func $go (export \"go\") (result i32) (return_call $other))
               (func $other (result i32) (return_call $go)))"
        ));
    }

    #[test]
    fn endless_recursion_through_a_table_ends() {
        runs_out(&format!(
            "(module {GLOBAL} (type $t (func (result i32))) (table 1 funcref) (elem (i32.const 0) $go)
               (func $go (export \"go\") (result i32) (return_call_indirect (type $t) (i32.const 0))))"
        ));
    }

    #[test]
    fn an_inner_loop_is_counted_as_often_as_it_turns() {
        let text = |turns: i32| {
            format!(
                "(module {GLOBAL} (func (export \"go\") (result i32) (local $i i32)
                   (loop $l (local.set $i (i32.add (local.get $i) (i32.const 1)))
                     (br_if $l (i32.lt_u (local.get $i) (i32.const {turns}))))
                   (local.get $i)))"
            )
        };
        let (result, ten) = run(&text(10), 1_000_000).unwrap();
        let (_, thousand) = run(&text(1000), 1_000_000).unwrap();
        assert_eq!(result, 10);
        assert_eq!(thousand, ten * 100);
    }

    #[test]
    fn functions_keep_their_identity_behind_the_new_import() {
        let text = "(module (import \"host\" \"seven\" (func $seven (result i32)))
             (global (mut i32) (i32.const 0))
             (type $t (func (param i32) (result i32)))
             (table 2 funcref) (elem (i32.const 0) $double $negate)
             (func $double (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
             (func $negate (param i32) (result i32) (i32.sub (i32.const 0) (local.get 0)))
             (func (export \"go\") (result i32)
               (call_indirect (type $t) (call $double (call $seven)) (i32.const 1))))";
        assert_eq!(run(text, 1_000_000).unwrap().0, -14);
    }

    #[test]
    fn copying_memory_costs_by_the_byte() {
        let text = |bytes: i32| {
            format!(
                "(module {GLOBAL} (memory 20) (func (export \"go\") (result i32)
                   (memory.fill (i32.const 0) (i32.const 7) (i32.const {bytes}))
                   (memory.copy (i32.const 500000) (i32.const 0) (i32.const {bytes}))
                   (i32.load8_u (i32.const 500000))))"
            )
        };
        let (value, small) = run(&text(16), 1_000_000).unwrap();
        let (_, large) = run(&text(160_000), 1_000_000).unwrap();
        assert_eq!(value, 7);
        assert_eq!(large - small, 2 * (10_000 - 1));
    }

    #[test]
    fn a_loop_that_charges_by_itself_pays_what_it_says() {
        let text = format!(
            "(module (import \"belljar\" \"charge\" (func $charge (param i32))) {GLOBAL}
               (func (export \"go\") (result i32) (local $i i32)
                 (loop $l (local.set $i (i32.add (local.get $i) (i32.const 1)))
                   (call $charge (i32.const 1000))
                   (br_if $l (i32.lt_u (local.get $i) (i32.const 10))))
                 (local.get $i)))"
        );
        assert_eq!(run(&text, 1_000_000).unwrap(), (10, 10_000));
        assert!(run(&text, 9_999).unwrap_err().contains("out of fuel"));
    }

    #[test]
    fn a_loop_that_breaks_its_promise_to_charge_ends_all_the_same() {
        runs_out(&format!(
            "(module (import \"belljar\" \"charge\" (func $charge (param i32))) {GLOBAL}
               (func (export \"go\") (result i32) (local $never i32)
                 (loop (if (local.get $never) (then (call $charge (i32.const 1)))) (br 0))
                 (i32.const 0)))"
        ));
    }

    #[test]
    fn a_loop_inside_one_that_charges_is_still_checked() {
        runs_out(&format!(
            "(module (import \"belljar\" \"charge\" (func $charge (param i32))) {GLOBAL}
               (func (export \"go\") (result i32)
                 (loop (call $charge (i32.const 1)) (loop (br 0)) (br 0)) (i32.const 0)))"
        ));
    }

    #[test]
    fn a_module_that_would_get_its_globals_moved_is_refused() {
        let module = wat::parse_str("(module (import \"a\" \"b\" (global i32)))").unwrap();
        assert!(matches!(meter(&module), Err(MeterError::ImportedGlobals)));
    }
}
