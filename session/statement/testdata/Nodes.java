import java.io.File;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import org.apache.calcite.config.Lex;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.parser.SqlParser;
import org.apache.flink.sql.parser.impl.FlinkSqlParserImpl;
import org.apache.flink.sql.parser.validate.FlinkSqlConformance;

/**
 * Reads statements from standard input, each ended by a NUL, and parses them as Flink's planner does.
 * Prints "fault: …" for one that does not parse, and then the node classes of Flink's grammar that none
 * of the statements has.
 */
public final class Nodes {
    public static void main(String[] args) throws Exception {
        SqlParser.Config config =
                SqlParser.config()
                        .withParserFactory(FlinkSqlParserImpl.FACTORY)
                        .withConformance(FlinkSqlConformance.DEFAULT)
                        .withLex(Lex.JAVA)
                        .withIdentifierMaxLength(256);
        Set<String> seen = new TreeSet<>();
        String input = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
        for (String sql : input.split("\0")) {
            try {
                seen.add(SqlParser.create(sql, config).parseStmt().getClass().getName());
            } catch (Exception e) {
                System.out.println("fault: " + sql + ": " + e.getMessage().lines().findFirst().get());
            }
        }
        String parser = FlinkSqlParserImpl.class.getProtectionDomain().getCodeSource().getLocation().getPath();
        try (JarFile jar = new JarFile(new File(parser))) {
            jar.stream()
                    .map(entry -> entry.getName())
                    .filter(name -> name.matches("org/apache/flink/sql/parser/(ddl|dml|dql)/.*\\.class"))
                    .map(name -> name.substring(0, name.length() - ".class".length()).replace('/', '.'))
                    .filter(name -> !seen.contains(name) && isNode(name))
                    .map(name -> name.substring("org.apache.flink.sql.parser.".length()))
                    .sorted()
                    .forEach(System.out::println);
        }
    }

    private static boolean isNode(String name) {
        try {
            Class<?> type = Class.forName(name, false, Nodes.class.getClassLoader());
            return SqlNode.class.isAssignableFrom(type) && !Modifier.isAbstract(type.getModifiers());
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }
}
