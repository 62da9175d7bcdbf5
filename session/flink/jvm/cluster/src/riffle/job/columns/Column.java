package riffle.job.columns;

import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.MapData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.data.binary.BinaryStringData;
import org.apache.flink.table.data.columnar.ColumnarRowData;
import org.apache.flink.table.data.columnar.vector.ArrayColumnVector;
import org.apache.flink.table.data.columnar.vector.BooleanColumnVector;
import org.apache.flink.table.data.columnar.vector.ByteColumnVector;
import org.apache.flink.table.data.columnar.vector.BytesColumnVector;
import org.apache.flink.table.data.columnar.vector.DecimalColumnVector;
import org.apache.flink.table.data.columnar.vector.DoubleColumnVector;
import org.apache.flink.table.data.columnar.vector.FloatColumnVector;
import org.apache.flink.table.data.columnar.vector.IntColumnVector;
import org.apache.flink.table.data.columnar.vector.LongColumnVector;
import org.apache.flink.table.data.columnar.vector.MapColumnVector;
import org.apache.flink.table.data.columnar.vector.RowColumnVector;
import org.apache.flink.table.data.columnar.vector.ShortColumnVector;
import org.apache.flink.table.data.columnar.vector.TimestampColumnVector;

/**
 * The values of one column of a batch, read where they are. Each getter reads a value that is not NULL, as
 * the getter of the same name of a row does; a column has those of its type.
 *
 * <p>A column is a vector of each of Flink's kinds, so Flink's own classes for arrays, maps and rows in
 * columns can have it as a part.
 */
abstract class Column
        implements BooleanColumnVector,
                ByteColumnVector,
                ShortColumnVector,
                IntColumnVector,
                LongColumnVector,
                FloatColumnVector,
                DoubleColumnVector,
                BytesColumnVector,
                DecimalColumnVector,
                TimestampColumnVector,
                ArrayColumnVector,
                MapColumnVector,
                RowColumnVector {
    @Override
    public boolean getBoolean(int row) {
        throw unsupported();
    }

    @Override
    public byte getByte(int row) {
        throw unsupported();
    }

    @Override
    public short getShort(int row) {
        throw unsupported();
    }

    @Override
    public int getInt(int row) {
        throw unsupported();
    }

    @Override
    public long getLong(int row) {
        throw unsupported();
    }

    @Override
    public float getFloat(int row) {
        throw unsupported();
    }

    @Override
    public double getDouble(int row) {
        throw unsupported();
    }

    BinaryStringData getString(int row) {
        throw unsupported();
    }

    byte[] getBinary(int row) {
        throw unsupported();
    }

    /** A text or bytes in place, as part of an array, a map or a row. */
    @Override
    public Bytes getBytes(int row) {
        throw unsupported();
    }

    @Override
    public DecimalData getDecimal(int row, int precision, int scale) {
        throw unsupported();
    }

    @Override
    public TimestampData getTimestamp(int row, int precision) {
        throw unsupported();
    }

    @Override
    public ArrayData getArray(int row) {
        throw unsupported();
    }

    @Override
    public MapData getMap(int row) {
        throw unsupported();
    }

    /** A row as part of an array, a map or a row. */
    @Override
    public ColumnarRowData getRow(int row) {
        throw unsupported();
    }

    /** A row as a field of a batch's row. */
    RowData getRowData(int row) {
        return getRow(row);
    }

    /** The value in Flink's internal form, for types that have no getter here. */
    Object getObject(int row) {
        throw unsupported();
    }

    private UnsupportedOperationException unsupported() {
        return new UnsupportedOperationException(getClass().getSimpleName());
    }
}
