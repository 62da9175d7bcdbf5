package riffle.gateway.plan;

import java.util.Base64;
import java.util.List;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.functions.UserDefinedFunction;

/**
 * Creates the functions that riffle registers, by the kind in their payload. A new kind needs a new case.
 */
public final class GoFunctions {
    private GoFunctions() {}

    /** Reads {@code {name, payload, parameters[], result}}, payload in base64, types in SQL, see {@link Parameter}. */
    public static UserDefinedFunction of(JsonNode f) {
        Payload payload = Payload.of(Base64.getDecoder().decode(f.get("payload").asText()));
        String name = f.get("name").asText();
        List<Parameter> parameters = Parameter.list(f.get("parameters"));
        switch (payload.kind()) {
            case Payload.SCALAR:
                return GoFunction.scalar(name, payload, parameters, f.get("result").asText());
            case Payload.TABLE:
                return GoTableFunction.of(name, payload, parameters, f.get("result").asText());
            default:
                throw unsupported(name, payload.kind());
        }
    }

    /** The error for a kind of function that is not supported. */
    public static ValidationException unsupported(String name, String kind) {
        return new ValidationException("cannot register " + name + ": functions of kind '" + kind + "' are not supported");
    }
}
