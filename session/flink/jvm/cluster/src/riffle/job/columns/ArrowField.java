package riffle.job.columns;

import java.util.List;
import java.util.Map;

/** A column, or a part of a nested one, as Arrow's schema describes it. */
final class ArrowField {
    final String name;
    final boolean nullable;
    final ArrowType type;
    final List<ArrowField> children;
    final Map<String, String> metadata;

    ArrowField(String name, boolean nullable, ArrowType type, ArrowField... children) {
        this(name, nullable, type, List.of(children), Map.of());
    }

    private ArrowField(
            String name, boolean nullable, ArrowType type, List<ArrowField> children, Map<String, String> metadata) {
        this.name = name;
        this.nullable = nullable;
        this.type = type;
        this.children = children;
        this.metadata = metadata;
    }

    /** The same field with metadata. */
    ArrowField with(Map<String, String> metadata) {
        return new ArrowField(name, nullable, type, children, metadata);
    }
}
