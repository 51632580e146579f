"""What is said of a table before it is written is what it takes when it is read again."""

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadcommons.schema import arrow_schema
from threadcommons.writer.parquet import OPTIONS
from threadcommons.writer.sizes import loaded_bytes

thorough = settings(max_examples=20, deadline=None, database=None, derandomize=True)


def values(field):
    """Values of a column, or of what is in one."""
    kind = field.type
    if pa.types.is_list(kind):
        some = st.lists(values(kind.value_field), max_size=3)
    elif pa.types.is_struct(kind):
        some = st.fixed_dictionaries({member.name: values(member) for member in kind})
    elif pa.types.is_boolean(kind):
        some = st.booleans()
    else:
        some = st.text("ä€b", max_size=4) if pa.types.is_string(kind) else st.integers(0, 10**15)
    return st.none() | some if field.nullable else some


#: Also what no table has today: lists that may be missing, and in lists and structs what may not.
KINDS = [pa.string(), pa.int64(), pa.bool_()]
WITHIN = [pa.field("element", kind, nullable=nullable) for kind in KINDS for nullable in (True, False)]
NESTED = [make([one]) if make is pa.struct else make(one) for one in WITHIN for make in (pa.list_, pa.struct)]
NESTED += [pa.list_(pa.field("element", pa.struct([one]), nullable=nullable)) for one in WITHIN for nullable in (True, False)]
OTHERS = pa.schema(
    [pa.field(f"{number}{nullable}", kind, nullable=nullable) for number, kind in enumerate(KINDS + NESTED) for nullable in (True, False)]
)


@pytest.mark.parametrize("name", ["row", "conversation", "credit", "ledger", "evidence", None])
@thorough
@given(st.data())
def test_every_table_takes_what_is_said(name, data):
    schema = arrow_schema(name) if name else OTHERS
    count = data.draw(st.sampled_from([1, 2, 7, 8, 9, 17]))
    some = {field.name: data.draw(st.lists(values(field), min_size=1, max_size=3)) for field in schema}
    columns = [pa.array((some[field.name] * count)[:count], field.type) for field in schema]
    table = pa.Table.from_arrays(columns, schema=schema)
    file = io.BytesIO()
    pq.write_table(table, file, **OPTIONS)
    expected = pq.ParquetFile(file).read_row_group(0).nbytes
    assert loaded_bytes(table) == expected
    padded = pa.concat_tables([table.slice(0, 1), table, table.slice(0, 1)]).combine_chunks()
    assert loaded_bytes(padded.slice(1, count)) == expected
