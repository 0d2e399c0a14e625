// SPDX-License-Identifier: Apache-2.0
#include "http/router.h"

#include <algorithm>
#include <set>

#include "http/websocket_server.h"

namespace countersign::http {
namespace {

std::vector<std::string_view> split_path(std::string_view path) {
  std::vector<std::string_view> segments;
  segments.reserve(8);
  for (std::size_t start = 1; start <= path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    segments.push_back(path.substr(start, end - start));
    start = end + 1;
  }
  return segments;
}

bool is_parameter(std::string_view segment) {
  return segment.starts_with('{') && segment.ends_with('}');
}

// A parameter stands for one segment that is not empty.
bool fits(const std::vector<std::string>& pattern, const std::vector<std::string_view>& path) {
  return std::equal(pattern.begin(), pattern.end(), path.begin(), path.end(),
                    [](const std::string& expected, std::string_view actual) {
                      return is_parameter(expected) ? !actual.empty() : expected == actual;
                    });
}

// Whether `a` is literal at the first segment where both patterns of one path differ in that.
bool is_more_specific(const Router::Route& a, const Router::Route& b) {
  for (std::size_t i = 0; i < a.segments.size(); ++i) {
    if (is_parameter(a.segments[i]) != is_parameter(b.segments[i])) return !is_parameter(a.segments[i]);
  }
  return false;
}

bool accepts_method(const Router::Route& route, std::string_view method) {
  return route.method == method || (method == "HEAD" && route.method == "GET");
}

// The best route for a path, and the methods that the path knows.
class Search {
 public:
  explicit Search(std::string_view method) : method_(method) {}

  template <typename Better>
  void consider(const Router::Route& route, Better is_better) {
    methods_.insert(route.method);
    if (route.method == "GET") methods_.insert("HEAD");
    if (!accepts_method(route, method_)) return;
    if (best_ == nullptr || is_better(route, *best_)) best_ = &route;
  }

  Router::Match result() const {
    if (best_ != nullptr) return {best_, {}};
    if (methods_.empty()) return {nullptr, problem_response({ErrorCode::kNotFound, "path: unknown"})};
    Router::Match match{nullptr,
                        problem_response({ErrorCode::kUnsupported, "method: not for this path"}, 405)};
    std::string allow;
    for (const std::string& method : methods_) allow += (allow.empty() ? "" : ", ") + method;
    match.refusal.headers["Allow"] = allow;
    return match;
  }
  bool knows_path() const { return !methods_.empty(); }
  const Router::Route* best() const { return best_; }

 private:
  std::string_view method_;
  const Router::Route* best_ = nullptr;
  std::set<std::string> methods_;
};

}  // namespace

void Router::add(std::string_view method, std::string_view pattern, Handler handler) {
  append(method, pattern, std::move(handler), {});
}

void Router::add_blocking(std::string_view method, std::string_view pattern, BlockingHandler handler) {
  append(method, pattern, {}, std::move(handler));
}

void Router::add_prefix(std::string_view method, std::string_view prefix, BlockingHandler handler) {
  routes_.push_back({std::string(method), {}, std::string(prefix), {}, std::move(handler), {}});
}

void Router::add_websocket(std::string_view pattern, WebSocketRoute route) {
  append("GET", pattern, {}, {});
  routes_.back().websocket = std::make_shared<const WebSocketRoute>(std::move(route));
}

void Router::append(std::string_view method, std::string_view pattern, Handler handler,
                    BlockingHandler blocking) {
  Route route{std::string(method), {}, {}, std::move(handler), std::move(blocking), {}};
  for (const std::string_view segment : split_path(pattern)) route.segments.emplace_back(segment);
  routes_.push_back(std::move(route));
}

Router::Match Router::match(Request& request, bool irregular) const {
  Search search(request.method);
  if (!irregular) {
    const auto path = split_path(request.path);
    for (const Route& route : routes_) {
      if (route.prefix.empty() && fits(route.segments, path)) search.consider(route, is_more_specific);
    }
    if (const Route* route = search.best()) {
      for (std::size_t i = 0; i < path.size(); ++i) {
        const std::string_view name = route->segments[i];
        if (is_parameter(name)) request.parameters.emplace(name.substr(1, name.size() - 2), path[i]);
      }
    }
    if (search.knows_path()) return search.result();
  }
  for (const Route& route : routes_) {
    if (route.prefix.empty() || !request.path.starts_with(route.prefix)) continue;
    search.consider(route, [](const Route& a, const Route& b) { return a.prefix.size() > b.prefix.size(); });
  }
  if (const Route* route = search.best()) {
    request.parameters.emplace("rest", request.path.substr(route->prefix.size()));
  } else if (irregular && !search.knows_path()) {
    return {nullptr, problem_response({ErrorCode::kMalformed, "path: encoded slash or empty segment"})};
  }
  return search.result();
}

}  // namespace countersign::http
