package shelf;

import org.apache.flink.table.functions.ScalarFunction;

/** A scalar function of Java. */
public final class Shout extends ScalarFunction {
    public String eval(String text) {
        return text + "!";
    }
}
