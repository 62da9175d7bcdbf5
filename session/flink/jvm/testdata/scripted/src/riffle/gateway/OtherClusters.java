package riffle.gateway;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutionException;
import riffle.gateway.jobs.RemoteCluster;

/** Addresses of clusters that riffle cannot use. It prints why. */
final class OtherClusters {
    private OtherClusters() {}

    static void run() throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        String[] answer = new String[1];
        int[] status = {200};
        server.createContext(
                "/",
                exchange -> {
                    byte[] body = answer[0].getBytes(StandardCharsets.UTF_8);
                    exchange.getResponseHeaders().add("Content-Type", "application/json");
                    exchange.sendResponseHeaders(status[0], body.length);
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
        server.start();
        String address = "http://127.0.0.1:" + server.getAddress().getPort();
        answer[0] =
                "{\"taskmanagers\":0,\"slots-total\":0,\"slots-available\":0,\"jobs-running\":0,\"jobs-finished\":0,"
                        + "\"jobs-cancelled\":0,\"jobs-failed\":0,\"flink-version\":\"2.2.0\",\"flink-commit\":\"x\"}";
        print("old-cluster", address);
        answer[0] = "{\"hello\": 1}";
        print("no-cluster", address);
        answer[0] = "<html>no such page</html>";
        status[0] = 404;
        print("web-server", address);
        server.stop(0);
        print("silent-cluster", address);
    }

    private static void print(String name, String address) throws Exception {
        try {
            new RemoteCluster(address, "ada").jobDefaults().get();
        } catch (ExecutionException e) {
            System.out.println(name + " " + e.getCause().getMessage().replace(address, "ADDRESS"));
        }
    }
}
