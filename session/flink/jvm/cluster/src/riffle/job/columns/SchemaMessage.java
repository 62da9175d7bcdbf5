package riffle.job.columns;

import java.util.List;
import java.util.Map;

/**
 * Arrow's message with a schema. The numbers of fields are those of Arrow's Message.fbs and Schema.fbs.
 */
final class SchemaMessage {
    /** The version of the metadata, V5. */
    static final int VERSION = 4;

    private static final byte SCHEMA = 1;

    private SchemaMessage() {}

    /** The message as it travels, with its length before it. */
    static byte[] of(List<ArrowField> fields) {
        Flatbuffer b = new Flatbuffer();
        int message = b.table(2, 1, Flatbuffer.REFERENCE, 8); // version, kind of header, header, size of the body
        b.putShort(b.field(message, 0), VERSION);
        b.putByte(b.field(message, 1), SCHEMA);
        b.refer(b.field(message, 2));
        int schema = b.table(2, Flatbuffer.REFERENCE); // endianness, fields
        b.refer(b.field(schema, 1));
        fields(b, fields);
        return encapsulated(b.finish());
    }

    private static void fields(Flatbuffer b, List<ArrowField> fields) {
        int first = b.vector(fields.size(), Flatbuffer.REFERENCE, Flatbuffer.REFERENCE);
        for (int i = 0; i < fields.size(); i++) {
            b.refer(first + i * Flatbuffer.REFERENCE);
            field(b, fields.get(i));
        }
    }

    private static void field(Flatbuffer b, ArrowField field) {
        int reference = Flatbuffer.REFERENCE;
        int metadata = field.metadata.isEmpty() ? 0 : reference;
        // Name, nullable, which type, type, dictionary, children, metadata.
        int table = b.table(reference, 1, 1, reference, 0, reference, metadata);
        b.putByte(b.field(table, 1), field.nullable ? 1 : 0);
        b.putByte(b.field(table, 2), field.type.tag.number);
        b.refer(b.field(table, 0));
        b.string(field.name);
        b.refer(b.field(table, 3));
        type(b, field.type);
        b.refer(b.field(table, 5));
        fields(b, field.children);
        if (metadata > 0) {
            b.refer(b.field(table, 6));
            metadata(b, field.metadata);
        }
    }

    private static void type(Flatbuffer b, ArrowType type) {
        int[] sizes = type.tag.sizes;
        int table = b.table(sizes);
        for (int i = 0; i < sizes.length; i++) {
            int place = b.field(table, i);
            switch (sizes[i]) {
                case 1:
                    b.putByte(place, type.parameters[i]);
                    break;
                case 2:
                    b.putShort(place, type.parameters[i]);
                    break;
                default:
                    b.putInt(place, type.parameters[i]);
            }
        }
    }

    private static void metadata(Flatbuffer b, Map<String, String> pairs) {
        int place = b.vector(pairs.size(), Flatbuffer.REFERENCE, Flatbuffer.REFERENCE);
        for (Map.Entry<String, String> pair : pairs.entrySet()) {
            b.refer(place);
            int table = b.table(Flatbuffer.REFERENCE, Flatbuffer.REFERENCE); // key, value
            b.refer(b.field(table, 0));
            b.string(pair.getKey());
            b.refer(b.field(table, 1));
            b.string(pair.getValue());
            place += Flatbuffer.REFERENCE;
        }
    }

    /** A message's metadata as it travels: a mark, the length, the metadata. The body follows. */
    static byte[] encapsulated(byte[] metadata) {
        byte[] message = new byte[8 + metadata.length];
        LittleEndian.INT.set(message, 0, -1);
        LittleEndian.INT.set(message, 4, metadata.length);
        System.arraycopy(metadata, 0, message, 8, metadata.length);
        return message;
    }
}
