// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace countersign::http {

// Respond answers one request; call it once, from any thread; later calls do nothing. Dropping it uncalled
// answers 500.
using Respond = std::function<void(Response)>;
// A handler answers now or later. It must not block: what waits for disk or network belongs on a worker.
using Handler = std::function<void(Request, Respond)>;
using BlockingHandler = std::function<Response(const Request&)>;
struct WebSocketRoute;

// Router maps method and path pattern ("/v1/enrolments/{id}/key-file") to handlers. Unknown path: 404
// problem; known path, other method: 405 with Allow. GET routes answer HEAD too. Where two patterns fit, the
// one that is literal sooner wins, and any pattern wins over a prefix. Built before the server starts,
// immutable after.
class Router {
 public:
  // On the thread that read the request.
  void add(std::string_view method, std::string_view pattern, Handler handler);
  // On the server's worker threads.
  void add_blocking(std::string_view method, std::string_view pattern, BlockingHandler handler);
  // Longest prefix ("/static/") below which the handler sees every request of the method; what follows it is
  // the parameter "rest", decoded, without dot segments. For static files and OCSP GET.
  void add_prefix(std::string_view method, std::string_view prefix, BlockingHandler handler);
  // GET requests that become WebSockets; see websocket_server.h.
  void add_websocket(std::string_view pattern, WebSocketRoute route);

  struct Route {
    std::string method;
    std::vector<std::string> segments;  // "{name}" for a parameter
    std::string prefix;                 // of prefix routes
    Handler handler;
    BlockingHandler blocking;
    std::shared_ptr<const WebSocketRoute> websocket;
  };
  // The route of a request, whose parameters it fills in. `irregular` as Target says. Errors as problems.
  struct Match {
    const Route* route = nullptr;
    Response refusal;  // when there is no route
  };
  Match match(Request& request, bool irregular) const;

 private:
  void append(std::string_view method, std::string_view pattern, Handler handler, BlockingHandler blocking);
  std::vector<Route> routes_;
};

}  // namespace countersign::http
