"""Answers the queries of package conformance with PyFlink.

Standard input is a JSON object: "setup" is a list of statements, "queries" a list of
{"name", "mode", "text"}. Standard output is a JSON object: for each name the rows of the
table that the query results in, as texts, sorted; or a text with its error.
"""

import datetime
import json
import sys

import pandas as pd
from pyflink.common import Row, RowKind
from pyflink.table import DataTypes, EnvironmentSettings, TableEnvironment
from pyflink.table.udf import udf, udtf

MINUTES = datetime.timedelta(minutes=90)


def backwards(text):
    return text[::-1] + "é"


def an_hour_later(time):
    return (datetime.datetime.combine(datetime.date(2000, 1, 1), time) + datetime.timedelta(hours=1)).time()


PAIR = DataTypes.ROW([DataTypes.FIELD("a", DataTypes.INT()), DataTypes.FIELD("b", DataTypes.STRING())])

# By the name's end: the type of argument and result, and the function for all arguments but NULL.
FUNCTIONS = {
    "Boolean": (DataTypes.BOOLEAN(), lambda x: not x),
    "Tinyint": (DataTypes.TINYINT(), lambda x: int(x) ^ 5),
    "Smallint": (DataTypes.SMALLINT(), lambda x: int(x) ^ 5),
    "Int": (DataTypes.INT(), lambda x: int(x) ^ 5),
    "Bigint": (DataTypes.BIGINT(), lambda x: int(x) ^ 5),
    "Float": (DataTypes.FLOAT(), lambda x: x / 2),
    "Double": (DataTypes.DOUBLE(), lambda x: x / 3),
    "String": (DataTypes.STRING(), backwards),
    "Bytes": (DataTypes.BYTES(), lambda x: bytes(x) + b"A"),
    "Decimal": (DataTypes.DECIMAL(38, 18), lambda x: x + x),
    "Date": (DataTypes.DATE(), lambda x: x + datetime.timedelta(days=1)),
    "Time": (DataTypes.TIME(), an_hour_later),
    "Timestamp": (DataTypes.TIMESTAMP(3), lambda x: x + MINUTES),
    "Instant": (DataTypes.TIMESTAMP_LTZ(3), lambda x: x + MINUTES),
    "Row": (PAIR, lambda x: Row(x[0] ^ 5, backwards(x[1]))),
    "Array": (DataTypes.ARRAY(DataTypes.INT()), lambda x: list(x) + [len(x)]),
    "Map": (DataTypes.MAP(DataTypes.STRING(), DataTypes.INT()), lambda x: {k: v ^ 5 for k, v in x.items()}),
    "Nullable": (DataTypes.BIGINT(), lambda x: int(x) ^ 5),
}

# Types that pandas functions do not have, or whose NULL is a row of NULLs there, or whose results are wrong by the
# session's time zone. General functions stand in.
NOT_IN_PANDAS = {"Row", "Map", "Array", "Instant"}


def is_null(x):
    return x is None or x is pd.NaT or isinstance(x, float) and x != x


def scalar(name, function):
    null = -1 if name == "Nullable" else None
    return lambda x: null if is_null(x) else function(x)


def vectorized(one):
    return lambda series: pd.Series([one(x) for x in series], dtype=object)


def table(name, one):
    def results(x):
        if x is not None or name == "Nullable":
            yield one(x)
        if x is not None:
            yield x

    return results


def register(env):
    for name, (type, function) in FUNCTIONS.items():
        one = scalar(name, function)
        env.create_temporary_system_function("F" + name, udf(one, input_types=[type], result_type=type))
        in_pandas = {"func_type": "general" if name in NOT_IN_PANDAS else "pandas"}
        many = one if name in NOT_IN_PANDAS else vectorized(one)
        env.create_temporary_system_function("V" + name, udf(many, input_types=[type], result_type=type, **in_pandas))
        columns = [field.data_type for field in PAIR.fields] if name == "Row" else [type]
        env.create_temporary_system_function("T" + name, udtf(table(name, one), input_types=[type], result_types=columns))


def rows_of(env, text):
    rows = []
    with env.execute_sql(text).collect() as changes:
        for change in changes:
            row = " ".join("(null)" if value is None else str(value) for value in change)
            if change.get_row_kind() in (RowKind.INSERT, RowKind.UPDATE_AFTER):
                rows.append(row)
            else:
                rows.remove(row)
    return sorted(rows)


def opened(settings, setup):
    env = TableEnvironment.create(settings)
    env.get_config().set("parallelism.default", "1")
    env.get_config().set("table.local-time-zone", "Asia/Kolkata")
    register(env)
    for statement in setup:
        env.execute_sql(statement)
    return env


def main():
    request = json.load(sys.stdin)
    environments, answers = {}, {}
    for query in request["queries"]:
        mode = query["mode"]
        if mode not in environments:
            settings = EnvironmentSettings.in_batch_mode() if mode == "batch" else EnvironmentSettings.in_streaming_mode()
            environments[mode] = opened(settings, request["setup"])
        try:
            answers[query["name"]] = rows_of(environments[mode], query["text"])
        except Exception as error:  # part of the answer
            answers[query["name"]] = str(error)
        print(query["name"], file=sys.stderr, flush=True)
    json.dump(answers, sys.stdout, indent=1, ensure_ascii=False, sort_keys=True)
    print()


main()
