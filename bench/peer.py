"""PyFlink as a peer of the benchmark: a warm process that runs one request after the other.

Each line of standard input is a request, a JSON object. Each answer is a line of
JSON on standard output. All requests share one JVM and one table environment.

  {"do": "set", "options": {…}}     table options; null resets one
  {"do": "sql", "text": "…"}        runs a statement; an INSERT until its job has ended
  {"do": "pandas", "text": "…"}     a query through Table.to_pandas()
  {"do": "collect", "text": "…"}    a query through execute().collect()

Answers have "seconds" and, from queries, "rows"; or "error".
"""

import asyncio
import json
import sys
import time
from datetime import timedelta

import pandas as pd
from pyflink.common import Configuration, Row
from pyflink.table import DataTypes, EnvironmentSettings, TableEnvironment
from pyflink.table.udf import AsyncScalarFunction, udf, udtf


def functions(env):
    """The same functions in PyFlink's two kinds, a table function, and an asynchronous one."""

    @udf(input_types=[DataTypes.BIGINT()], result_type=DataTypes.BIGINT())
    def general_add(n):
        return n + 1

    @udf(input_types=[DataTypes.STRING()], result_type=DataTypes.STRING())
    def general_upper(s):
        return s.upper()

    @udf(input_types=[DataTypes.BIGINT()], result_type=DataTypes.BIGINT(), func_type="pandas")
    def pandas_add(n):
        return n + 1

    # A list is upper-cased faster than by Series.str.upper().
    @udf(input_types=[DataTypes.STRING()], result_type=DataTypes.STRING(), func_type="pandas")
    def pandas_upper(s):
        return pd.Series([text.upper() for text in s])

    instant = DataTypes.TIMESTAMP_LTZ(3)
    counts = DataTypes.ARRAY(DataTypes.BIGINT())
    pair = DataTypes.ROW([DataTypes.FIELD("a", DataTypes.BIGINT()), DataTypes.FIELD("b", DataTypes.STRING())])

    @udf(input_types=[instant], result_type=instant)
    def general_instant(t):
        return t + timedelta(hours=1)

    @udf(input_types=[instant], result_type=instant, func_type="pandas")
    def pandas_instant(t):
        return t + pd.Timedelta(hours=1)

    @udf(input_types=[counts], result_type=counts)
    def general_counts(a):
        return [n + 1 for n in a]

    @udf(input_types=[counts], result_type=counts, func_type="pandas")
    def pandas_counts(s):
        return pd.Series([a + 1 for a in s])

    @udf(input_types=[pair], result_type=pair)
    def general_pair(r):
        return Row(r[0] + 1, r[1])

    @udf(input_types=[pair], result_type=pair, func_type="pandas")
    def pandas_pair(r):
        return pd.DataFrame({"a": r.iloc[:, 0] + 1, "b": r.iloc[:, 1]})

    @udtf(input_types=[DataTypes.BIGINT(), DataTypes.STRING()], result_types=[DataTypes.BIGINT(), DataTypes.STRING()])
    def table_three(n, s):
        for i in range(3):
            yield n + i, s

    class Wait(AsyncScalarFunction):
        async def eval(self, n):
            await asyncio.sleep(0.01)
            return n + 1

    async_wait = udf(Wait(), input_types=[DataTypes.BIGINT()], result_type=DataTypes.BIGINT())

    for name, function in list(locals().items()):
        if name.startswith(("general_", "pandas_", "table_", "async_")):
            env.create_temporary_system_function(name, function)


def configure(env, options):
    config = env.get_config().get_configuration()
    for key, value in options.items():
        if value is None:
            config.remove_config(key)
        else:
            config.set_string(key, value)


def carry_out(env, request):
    """Returns the number of rows of a query, or None for other requests."""
    match request["do"]:
        case "set":
            configure(env, request["options"])
        case "sql":
            env.execute_sql(request["text"]).wait()
        case "pandas":
            return len(env.sql_query(request["text"]).to_pandas())
        case "collect":
            rows = 0
            with env.sql_query(request["text"]).execute().collect() as results:
                for _ in results:
                    rows += 1
            return rows
        case other:
            raise ValueError(f"no such request: {other}")
    return None


def main():
    initial = Configuration()
    for argument in sys.argv[1:]:
        key, _, value = argument.partition("=")
        initial.set_string(key, value)
    settings = EnvironmentSettings.new_instance().with_configuration(initial).build()
    env = TableEnvironment.create(settings)
    functions(env)
    print(json.dumps({"seconds": 0}), flush=True)
    for line in sys.stdin:
        began = time.perf_counter()
        try:
            answer = {"rows": carry_out(env, json.loads(line))}
        except Exception as error:  # reported in the answer
            answer = {"error": str(error)}
        answer["seconds"] = time.perf_counter() - began
        print(json.dumps(answer), flush=True)


main()
