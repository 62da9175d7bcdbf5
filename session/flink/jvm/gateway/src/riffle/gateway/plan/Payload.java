package riffle.gateway.plan;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.functions.python.PythonFunction;

/**
 * What a function is registered with: its kind and its options, as JSON that riffle writes (package
 * udfhost/payload) and that the function host reads. The planner reads it too, and changes it for single
 * calls. In Java, only this class knows its format.
 *
 * <p>Flink and the function host treat calls with equal payloads and arguments as one call. So the order
 * of the fields is fixed, and a field without a value is omitted.
 */
public final class Payload {
    /** A function that returns one value for a row. */
    public static final String SCALAR = "scalar";

    /** A function that returns zero or more rows for a row. */
    public static final String TABLE = "table";

    /**
     * A column that the function host computes itself: whether the other functions of the operator keep
     * the row.
     */
    static final String KEPT = "kept";

    private static final int VERSION = 2;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final ObjectNode fields;

    private Payload(ObjectNode fields) {
        this.fields = fields;
    }

    public static Payload of(byte[] bytes) {
        Payload payload = read(bytes);
        if (payload == null) {
            throw new ValidationException(
                    "not a payload of this version of riffle: " + new String(bytes, StandardCharsets.UTF_8));
        }
        return payload;
    }

    /** Whether a function is one that riffle has registered. */
    public static boolean isOurs(PythonFunction function) {
        return read(function.getSerializedPythonFunction()) != null;
    }

    /** Null for bytes that are not a payload of this version. */
    private static Payload read(byte[] bytes) {
        try {
            JsonNode read = MAPPER.readTree(bytes);
            boolean known =
                    read instanceof ObjectNode && read.path("riffle").asInt() == VERSION && read.hasNonNull("kind");
            return known ? new Payload((ObjectNode) read) : null;
        } catch (IOException e) {
            return null; // not JSON
        }
    }

    /** A payload of a kind, without further fields. */
    static Payload ofKind(String kind) {
        return new Payload(MAPPER.createObjectNode().put("riffle", VERSION).put("kind", kind));
    }

    byte[] bytes() {
        return fields.toString().getBytes(StandardCharsets.UTF_8);
    }

    String kind() {
        return fields.get("kind").asText();
    }

    /** The hash of the program that contains the function; null for a function of the host's own. */
    public String program() {
        return fields.path("program").asText(null);
    }

    /** Whether a row for which the function fails is left out. */
    boolean skips() {
        return fields.path("onError").asText().equals("skip");
    }

    /** Whether equal arguments can have different results. */
    boolean varies() {
        return fields.path("varies").asBoolean();
    }

    /** How many rows the function computes at a time if it is asynchronous; otherwise 1. */
    public int concurrent() {
        return fields.path("async").path("concurrent").asInt(1);
    }

    /** This payload for the call with a number, which distinguishes it from the function's other calls. */
    Payload numbered(int call) {
        return new Payload(fields.deepCopy().put("call", call));
    }
}
