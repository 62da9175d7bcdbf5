package riffle.job.columns;

import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericMapData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.binary.BinarySection;
import org.apache.flink.table.data.binary.BinaryStringData;

/** About how many bytes a value in Flink's internal form takes. */
final class ValueSize {
    private static final int OBJECT = 16; // also a number or a time

    private ValueSize() {}

    static long of(Object value) {
        if (value == null) {
            return 0;
        }
        if (value instanceof BinaryStringData) { // without turning a Java string into bytes
            BinaryStringData text = (BinaryStringData) value;
            BinarySection bytes = text.getBinarySection();
            return OBJECT + (bytes == null ? text.getJavaObject().length() : bytes.getSizeInBytes());
        }
        if (value instanceof BinarySection) {
            return OBJECT + ((BinarySection) value).getSizeInBytes();
        }
        if (value instanceof byte[]) {
            return OBJECT + ((byte[]) value).length;
        }
        if (value instanceof GenericRowData) {
            long size = OBJECT;
            for (int i = 0; i < ((GenericRowData) value).getArity(); i++) {
                size += of(((GenericRowData) value).getField(i));
            }
            return size;
        }
        if (value instanceof GenericArrayData) {
            return of((GenericArrayData) value);
        }
        if (value instanceof GenericMapData) {
            return of(((GenericMapData) value).keyArray()) + of(((GenericMapData) value).valueArray());
        }
        return OBJECT;
    }

    private static long of(GenericArrayData array) {
        if (array.isPrimitiveArray()) {
            return OBJECT + 8L * array.size();
        }
        long size = OBJECT;
        for (Object element : array.toObjectArray()) {
            size += of(element);
        }
        return size;
    }
}
