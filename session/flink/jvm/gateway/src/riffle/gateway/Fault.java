package riffle.gateway;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.IdentityHashMap;
import java.util.Map;
import org.apache.calcite.runtime.CalciteContextException;
import org.apache.calcite.sql.parser.SqlParseException;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.table.planner.catalog.SqlCatalogViewTable;
import org.apache.flink.util.SerializedThrowable;

/**
 * An exception as data. {@code causes}: the exception and its causes, outermost first, each
 * {@code {class, message}}. {@code position}: {@code {line, column, endLine, endColumn}}, 1-based and in
 * UTF-16 units, if Calcite knows it. {@code inView}: whether the error is in the query of a view, which
 * has positions of its own and which the user did not type in this statement. {@code views}: the views
 * that the statement reads, see {@link Views#describe}. {@code trace}: the whole
 * stack trace, shown on request. {@code inJars}: whether a class was not found although it is in the
 * session's jars. The Go side decides, in one place, which of the messages a user reads.
 */
final class Fault {
    private Fault() {}

    /** {@code jars} is the loader of the session's jars, or null. */
    static ObjectNode describe(Throwable thrown, ClassLoader jars) {
        if (thrown instanceof StatementFailure) {
            ObjectNode out = describe(thrown.getCause(), jars);
            out.set("views", ((StatementFailure) thrown).views);
            return out;
        }
        ObjectNode out = Json.object();
        ArrayNode causes = out.putArray("causes");
        Map<Throwable, Boolean> seen = new IdentityHashMap<>();
        for (Throwable t = thrown; t != null && seen.put(t, true) == null; t = t.getCause()) {
            if (t instanceof SerializedThrowable) {
                SerializedThrowable wrapped = (SerializedThrowable) t;
                causes.addObject()
                        .put("class", wrapped.getOriginalErrorClassName())
                        .put("message", stripClass(wrapped));
            } else {
                causes.addObject().put("class", t.getClass().getName()).put("message", t.getMessage());
            }
            if (thrownInView(t)) {
                out.put("inView", true);
            } else {
                ownPosition(t, out);
            }
            if (jars != null && isMissingClass(t) && jars.getResource(classFile(t.getMessage())) != null) {
                out.put("inJars", true);
            }
        }
        StringWriter trace = new StringWriter();
        thrown.printStackTrace(new PrintWriter(trace, true));
        out.put("trace", trace.toString());
        return out;
    }

    private static boolean isMissingClass(Throwable t) {
        return (t instanceof NoClassDefFoundError || t instanceof ClassNotFoundException)
                && t.getMessage() != null;
    }

    private static String classFile(String name) {
        return name.replace('.', '/') + ".class";
    }

    /** A SerializedThrowable puts the original's class name before its message. */
    private static String stripClass(SerializedThrowable wrapped) {
        String message = wrapped.getMessage();
        String prefix = wrapped.getOriginalErrorClassName() + ": ";
        return message != null && message.startsWith(prefix)
                ? message.substring(prefix.length())
                : message;
    }

    /** Whether the query of a view failed, or one of its columns. */
    static boolean inView(Throwable thrown) {
        Map<Throwable, Boolean> seen = new IdentityHashMap<>();
        for (Throwable t = thrown; t != null && seen.put(t, true) == null; t = t.getCause()) {
            if (thrownInView(t)) {
                return true;
            }
        }
        return false;
    }

    private static boolean thrownInView(Throwable t) {
        for (StackTraceElement frame : t.getStackTrace()) {
            if (frame.getClassName().equals(SqlCatalogViewTable.class.getName())) {
                return true;
            }
        }
        return false;
    }

    /** Adds the {@code position} that an exception or the last of its causes has. */
    static void position(Throwable thrown, ObjectNode out) {
        Map<Throwable, Boolean> seen = new IdentityHashMap<>();
        for (Throwable t = thrown; t != null && seen.put(t, true) == null; t = t.getCause()) {
            ownPosition(t, out);
        }
    }

    private static void ownPosition(Throwable t, ObjectNode out) {
        if (t instanceof SqlParseException) {
            SqlParserPos p = ((SqlParseException) t).getPos();
            if (p != null) {
                put(out, p.getLineNum(), p.getColumnNum(), p.getEndLineNum(), p.getEndColumnNum());
            }
        } else if (t instanceof CalciteContextException) {
            CalciteContextException c = (CalciteContextException) t;
            put(out, c.getPosLine(), c.getPosColumn(), c.getEndPosLine(), c.getEndPosColumn());
        }
    }

    private static void put(ObjectNode out, int line, int column, int endLine, int endColumn) {
        if (line > 0) {
            out.putObject("position")
                    .put("line", line)
                    .put("column", column)
                    .put("endLine", endLine)
                    .put("endColumn", endColumn);
        }
    }
}
