// One line per accepted call; the first refusal ends the run with exit code 1.
export async function accepted(name, call, holds = () => true) {
  const result = await call();
  if (!holds(result)) {
    throw new Error(`${name}: the client read ${JSON.stringify(result)?.slice(0, 500)}, which is not what it should be`);
  }

  console.log(`ok ${name}`);
  return result;
}

export async function refused(name, call, kind) {
  try {
    await call();
  } catch (error) {
    if (error instanceof kind) {
      console.log(`ok ${name}: ${error.constructor.name}`);
      return error;
    }

    throw error;
  }

  throw new Error(`${name}: expected ${kind.name}, but the call went through`);
}

export async function run(body) {
  try {
    await body();
    process.exit(0);
  } catch (error) {
    console.error(error.stack ?? error);
    process.exit(1);
  }
}
