package riffle.gateway;

import java.util.Iterator;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.table.factories.CatalogFactory;
import org.apache.flink.table.factories.DynamicTableFactory;
import org.apache.flink.table.factories.DynamicTableSinkFactory;
import org.apache.flink.table.factories.DynamicTableSourceFactory;
import org.apache.flink.table.factories.Factory;
import org.apache.flink.table.factories.FormatFactory;
import org.apache.flink.table.factories.ModelProviderFactory;

/** The factories that WITH (…) can name: those on the class path and in the session's jars. */
final class Factories {
    private static final int MOST_FAILURES = 1000;

    private Factories() {}

    /**
     * {@code factories}, each {@code {kind, name, about, required[], optional[]}} with the kinds
     * connector, format, catalog and model, and the options as in {@link OptionForm}. A factory that
     * cannot describe itself, because some of its classes are missing or because it throws, is left
     * out: a statement that names it shows the error.
     */
    static ObjectNode describe(ClassLoader loader) {
        ObjectNode out = Json.object();
        ArrayNode list = out.putArray("factories");
        Iterator<Factory> found = ServiceLoader.load(Factory.class, loader).iterator();
        int failures = 0;
        while (failures < MOST_FAILURES) {
            try {
                if (!found.hasNext()) {
                    break;
                }
                Factory factory = found.next();
                String kind = kind(factory);
                if (kind != null && !factory.factoryIdentifier().equals(ArrowSinkFactory.IDENTIFIER)) {
                    list.add(form(kind, factory));
                }
            } catch (ServiceConfigurationError | LinkageError | RuntimeException e) {
                failures++; // the iterator continues after it, unless it cannot read the list
            }
        }
        return out;
    }

    private static String kind(Factory factory) {
        if (factory instanceof DynamicTableFactory) {
            return "connector";
        }
        if (factory instanceof FormatFactory) {
            return "format";
        }
        if (factory instanceof CatalogFactory) {
            return "catalog";
        }
        return factory instanceof ModelProviderFactory ? "model" : null;
    }

    private static ObjectNode form(String kind, Factory factory) {
        ObjectNode out = Json.object().put("kind", kind).put("name", factory.factoryIdentifier());
        boolean source = factory instanceof DynamicTableSourceFactory;
        boolean sink = factory instanceof DynamicTableSinkFactory;
        out.put("about", source && sink ? "source and sink" : source ? "source" : sink ? "sink" : "");
        options(out.putArray("required"), factory.requiredOptions());
        options(out.putArray("optional"), factory.optionalOptions());
        return out;
    }

    private static void options(ArrayNode out, Set<ConfigOption<?>> options) {
        for (ConfigOption<?> option : options) {
            out.add(OptionForm.of(option));
        }
    }
}
