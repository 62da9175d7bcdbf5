package riffle.job.columns;

import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.MapData;
import org.apache.flink.table.data.RawValueData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.types.RowKind;
import org.apache.flink.types.bitmap.Bitmap;
import org.apache.flink.types.variant.Variant;

/** The elements of an array as the fields of a row, so that they are read with the row's typed getters. */
final class ArrayAsRow implements RowData {
    private ArrayData array;

    void set(ArrayData array) {
        this.array = array;
    }

    @Override
    public int getArity() {
        return array.size();
    }

    @Override
    public RowKind getRowKind() {
        return RowKind.INSERT;
    }

    @Override
    public void setRowKind(RowKind kind) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean isNullAt(int i) {
        return array.isNullAt(i);
    }

    @Override
    public boolean getBoolean(int i) {
        return array.getBoolean(i);
    }

    @Override
    public byte getByte(int i) {
        return array.getByte(i);
    }

    @Override
    public short getShort(int i) {
        return array.getShort(i);
    }

    @Override
    public int getInt(int i) {
        return array.getInt(i);
    }

    @Override
    public long getLong(int i) {
        return array.getLong(i);
    }

    @Override
    public float getFloat(int i) {
        return array.getFloat(i);
    }

    @Override
    public double getDouble(int i) {
        return array.getDouble(i);
    }

    @Override
    public StringData getString(int i) {
        return array.getString(i);
    }

    @Override
    public DecimalData getDecimal(int i, int precision, int scale) {
        return array.getDecimal(i, precision, scale);
    }

    @Override
    public byte[] getBinary(int i) {
        return array.getBinary(i);
    }

    @Override
    public TimestampData getTimestamp(int i, int precision) {
        return array.getTimestamp(i, precision);
    }

    @Override
    public <T> RawValueData<T> getRawValue(int i) {
        return array.getRawValue(i);
    }

    @Override
    public ArrayData getArray(int i) {
        return array.getArray(i);
    }

    @Override
    public MapData getMap(int i) {
        return array.getMap(i);
    }

    @Override
    public RowData getRow(int i, int fields) {
        return array.getRow(i, fields);
    }

    @Override
    public Variant getVariant(int i) {
        return array.getVariant(i);
    }

    @Override
    public Bitmap getBitmap(int i) {
        return array.getBitmap(i);
    }
}
