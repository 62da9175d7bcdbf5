package riffle.job.columns;

import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.binary.BinaryStringData;

/**
 * The values of one column of a batch, read where they are. Each getter reads a value that is not NULL, as
 * the getter of the same name of a row does; a column has those of its type.
 */
abstract class Column {
    abstract boolean isNull(int row);

    boolean getBoolean(int row) {
        throw unsupported();
    }

    byte getByte(int row) {
        throw unsupported();
    }

    short getShort(int row) {
        throw unsupported();
    }

    int getInt(int row) {
        throw unsupported();
    }

    long getLong(int row) {
        throw unsupported();
    }

    float getFloat(int row) {
        throw unsupported();
    }

    double getDouble(int row) {
        throw unsupported();
    }

    BinaryStringData getString(int row) {
        throw unsupported();
    }

    byte[] getBinary(int row) {
        throw unsupported();
    }

    DecimalData getDecimal(int row, int precision, int scale) {
        throw unsupported();
    }

    /** The value in Flink's internal form, for types that have no getter here. */
    Object getObject(int row) {
        throw unsupported();
    }

    private UnsupportedOperationException unsupported() {
        return new UnsupportedOperationException(getClass().getSimpleName());
    }
}
