package riffle.gateway.plan;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.LogicalType;

/** A parameter of a Go function. */
public final class Parameter implements Serializable {
    private static final long serialVersionUID = 1L;

    private final String name;
    private final DataType type;
    private final String defaultValue;
    private final String struct;

    private Parameter(String name, DataType type, String defaultValue, String struct) {
        this.name = name;
        this.type = type;
        this.defaultValue = defaultValue;
        this.struct = struct;
    }

    /** Reads {@code [{name, type, default, struct}]}; the last two are optional. */
    static List<Parameter> list(JsonNode parameters) {
        List<Parameter> list = new ArrayList<>();
        for (JsonNode p : parameters) {
            list.add(
                    new Parameter(
                            p.get("name").asText(),
                            GoFunction.dataType(p.get("type").asText()),
                            p.path("default").asText(null),
                            p.path("struct").asText("the struct")));
        }
        return Collections.unmodifiableList(list);
    }

    /** Parameters of a function that SQL does not call, with types in SQL. */
    static List<Parameter> unnamed(List<String> types) {
        List<Parameter> list = new ArrayList<>();
        types.forEach(type -> list.add(new Parameter("", GoFunction.dataType(type), null, null)));
        return Collections.unmodifiableList(list);
    }

    static DataType[] types(List<Parameter> parameters) {
        return parameters.stream().map(p -> p.type).toArray(DataType[]::new);
    }

    public String name() {
        return name;
    }

    public LogicalType type() {
        return type.getLogicalType();
    }

    /** Whether every call must have an argument for it. */
    public boolean isRequired() {
        return defaultValue == null;
    }

    /** The default, as an expression in SQL that has the parameter's type; null if the parameter is required. */
    public String defaultValue() {
        return defaultValue;
    }

    /** The name of the Go struct whose fields a ROW becomes. */
    public String struct() {
        return struct;
    }
}
