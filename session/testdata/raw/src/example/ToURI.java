package example;

import java.net.URI;
import org.apache.flink.table.annotation.DataTypeHint;
import org.apache.flink.table.functions.ScalarFunction;

/**
 * Makes a value of type RAW, for which SQL has no expression. ../../raw.jar is this class, compiled for
 * Java 17 with Flink's jars on javac's class path.
 */
public final class ToURI extends ScalarFunction {
    private static final long serialVersionUID = 1L;

    public @DataTypeHint(value = "RAW", bridgedTo = URI.class) URI eval(String text) {
        return text == null ? null : URI.create(text);
    }
}
