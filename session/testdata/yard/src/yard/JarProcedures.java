package yard;

import java.sql.Connection;
import java.sql.DriverManager;
import late.Late;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.security.modules.HadoopModule;
import org.apache.flink.runtime.util.HadoopUtils;
import org.apache.flink.table.procedure.ProcedureContext;
import org.apache.flink.table.procedures.Procedure;

/** Procedures that need classes from another jar. */
final class JarProcedures {
    private JarProcedures() {}

    /** Needs a JDBC driver, as a JDBC catalog does. */
    public static final class Connect implements Procedure {
        public String[] call(ProcedureContext context, String url) throws Exception {
            try (Connection connection = DriverManager.getConnection(url)) {
                return new String[] {connection.getCatalog()};
            }
        }
    }

    /** Needs a class. */
    public static final class LateClass implements Procedure {
        public String[] call(ProcedureContext context) {
            return new String[] {Late.word()};
        }
    }

    /** Needs a class of Flink's that needs Hadoop, as Iceberg's catalogs do. */
    public static final class Hadoop implements Procedure {
        public String[] call(ProcedureContext context) {
            return new String[] {HadoopUtils.getHadoopConfiguration(new Configuration()).toString()};
        }
    }

    /** Needs a class of Flink's that needs Hadoop and that Flink uses itself. */
    public static final class Secure implements Procedure {
        public String[] call(ProcedureContext context) {
            return new String[] {HadoopModule.class.getDeclaredConstructors()[0].getName()};
        }
    }
}
