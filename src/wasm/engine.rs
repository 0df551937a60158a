//! The wasmtime engine: one set of compile settings for building and for running, so that what
//! was compiled ahead of time fits.

use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig,
};

use crate::units::ByteSize;

/// Native stack that WebAssembly code may use. CPython needs 8 MiB to end deep recursion in
/// `RecursionError` rather than in a trap.
pub const WASM_STACK: usize = 16 << 20;
/// Native stack of a fiber: the guest's and what host functions need on top.
const FIBER_STACK: usize = WASM_STACK + (1 << 20);
/// Linear memory and tables of a slot that are wiped by hand rather than given back to the kernel.
const KEEP_RESIDENT: usize = 4 << 20;
const TABLE_KEEP_RESIDENT: usize = 1 << 20;
/// Stack of a slot that is wiped by hand: more than a usual program touches.
const STACK_KEEP_RESIDENT: usize = 64 << 10;
/// Larger than any snapshot, so that all of them are mapped copy-on-write.
const MAX_SNAPSHOT: u64 = 512 << 20;
/// More functions than any runtime has in its table.
const TABLE_ELEMENTS: usize = 100_000;

/// How many programs an engine must hold at once, and how large each may get.
#[derive(Clone, Copy, Debug)]
pub struct Pool {
    pub instances: u32,
    pub memory: ByteSize,
}

/// Settings that are part of the compiled code.
fn code_settings() -> Config {
    let mut config = Config::new();
    config
        .cranelift_opt_level(OptLevel::Speed)
        .wasm_branch_hinting(true)
        .max_wasm_stack(WASM_STACK)
        .async_stack_size(FIBER_STACK)
        // A program that recursed deeply must not leave its stack's pages with the slot.
        .async_stack_zeroing(true)
        .memory_guaranteed_dense_image_size(MAX_SNAPSHOT)
        .concurrency_support(false)
        .wasm_backtrace_max_frames(None);
    config
}

/// An engine that compiles.
///
/// # Errors
/// When this machine cannot run the code it would compile.
pub fn compiler() -> wasmtime::Result<Engine> {
    Engine::new(&code_settings())
}

/// An engine that runs a module once, to take its snapshot: quick to compile, and code without fuel can
/// be stopped from outside ([`Engine::increment_epoch`]).
///
/// # Errors
/// When this machine cannot run the code it would compile.
pub fn once() -> wasmtime::Result<Engine> {
    let mut config = code_settings();
    config
        .cranelift_opt_level(OptLevel::None)
        .epoch_interruption(true);
    Engine::new(&config)
}

/// An engine that runs, with room for `pool`.
///
/// # Errors
/// When the pool's address space cannot be reserved.
pub fn runner(pool: Pool) -> wasmtime::Result<Engine> {
    let mut pooling = PoolingAllocationConfig::new();
    pooling
        .total_core_instances(pool.instances)
        .total_memories(pool.instances)
        .total_tables(pool.instances)
        .total_stacks(pool.instances)
        .max_memories_per_module(1)
        .max_tables_per_module(1)
        .table_elements(TABLE_ELEMENTS)
        .max_memory_size(pool.memory.as_usize())
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(TABLE_KEEP_RESIDENT)
        .async_stack_keep_resident(STACK_KEEP_RESIDENT)
        .pagemap_scan(Enabled::Auto);
    let mut config = code_settings();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pooling));
    Engine::new(&config)
}
