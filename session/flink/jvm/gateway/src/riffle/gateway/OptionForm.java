package riffle.gateway;

import java.time.Duration;
import java.util.EnumSet;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.description.Formatter;
import org.apache.flink.configuration.description.TextElement;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import riffle.gateway.internals.Internals;

/** Describes an option of Flink as JSON. */
final class OptionForm {
    /** Enough for a line of a terminal. Flink's documentation has the whole text. */
    private static final int LONGEST_ABOUT = 160;

    private OptionForm() {}

    /**
     * {@code key}, {@code type} (boolean, enum, duration, memory, number, text or list),
     * {@code default} if there is one, {@code about}, the first sentence of its description, and
     * {@code values}, all values of an enum or a boolean.
     */
    static ObjectNode of(ConfigOption<?> option) {
        Class<?> type = Internals.current().valueClass(option);
        boolean list = Internals.current().isList(option);
        ObjectNode out = Json.object().put("key", option.key()).put("type", list ? "list" : name(type));
        if (option.hasDefaultValue()) {
            out.put("default", text(option));
        }
        out.put("about", firstSentence(new PlainText().format(option.description())));
        if (type.isEnum() && !list) {
            ArrayNode values = out.putArray("values");
            for (Object value : type.getEnumConstants()) {
                values.add(value.toString());
            }
        } else if (type == Boolean.class && !list) {
            out.putArray("values").add("true").add("false");
        }
        return out;
    }

    private static String name(Class<?> type) {
        if (type == Boolean.class) {
            return "boolean";
        }
        if (type.isEnum()) {
            return "enum";
        }
        if (type == Duration.class) {
            return "duration";
        }
        if (type == MemorySize.class) {
            return "memory";
        }
        return Number.class.isAssignableFrom(type) ? "number" : "text";
    }

    /** The default as a user would write it. */
    private static <T> String text(ConfigOption<T> option) {
        return new Configuration().set(option, option.defaultValue()).toMap().get(option.key());
    }

    private static String firstSentence(String text) {
        String line = text.strip().replaceAll("\\s+", " ");
        int end = line.indexOf(". ");
        line = end < 0 ? line : line.substring(0, end);
        line = line.endsWith(".") ? line.substring(0, line.length() - 1) : line;
        return line.length() <= LONGEST_ABOUT ? line : line.substring(0, LONGEST_ABOUT - 1).strip() + "…";
    }

    /** A description without its markup. */
    private static final class PlainText extends Formatter {
        @Override
        protected void formatLink(StringBuilder out, String link, String description) {
            out.append(description);
        }

        @Override
        protected void formatLineBreak(StringBuilder out) {
            out.append(' ');
        }

        @Override
        protected void formatText(
                StringBuilder out, String format, String[] elements, EnumSet<TextElement.TextStyle> styles) {
            out.append(String.format(format, (Object[]) elements));
        }

        @Override
        protected void formatList(StringBuilder out, String[] entries) {
            out.append(' ').append(String.join("; ", entries));
        }

        @Override
        protected Formatter newInstance() {
            return new PlainText();
        }
    }
}
