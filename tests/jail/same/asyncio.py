import asyncio
async def m():
    await asyncio.sleep(0)
    return 1
print(asyncio.run(m()))