// SPDX-License-Identifier: Apache-2.0
#include "authority/interwork/network_status.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <iterator>

#include "documents/json.h"
#include "http/json_answer.h"

namespace countersign::authority {
namespace {

namespace json = boost::json;
using documents::ObjectReader;

constexpr std::size_t kMostPeers = documents::kMaxDataCentres;
constexpr documents::JsonLimits kLimits{.bytes = 4 << 20, .depth = 4, .members = 32 * kMostPeers};
constexpr std::size_t kLongest = 2000;

std::string_view circuit_name(CircuitBreaker::State state) {
  switch (state) {
    case CircuitBreaker::State::kClosed:
      return "closed";
    case CircuitBreaker::State::kOpen:
      return "open";
    case CircuitBreaker::State::kHalfOpen:
      return "half-open";
  }
  return "";
}

// -1 where it is not known yet: members are always there.
std::int64_t count_of(const std::optional<std::chrono::milliseconds>& time) {
  return time ? time->count() : -1;
}

json::object describe_feed(const FollowedHomeReport& report) {
  return {{"state", feed_state_name(report.state)},
          {"sequence", report.position ? report.position->sequence : 0},
          {"lag", report.lag},
          {"heartbeatAge", count_of(report.heartbeat_age)},
          {"clockOffset", report.clock_offset ? report.clock_offset->count() : 0},
          {"known", report.known},
          {"pages", report.pages},
          {"failures", report.failures}};
}

json::object describe_peer(const NetworkStatusParts& parts, const documents::MappedDataCentre& peer) {
  json::object object{
      {"name", peer.name.text()},
      {"url", peer.service_url},
      {"through", peer.through ? json::value(peer.through->text()) : json::value(nullptr)},
      {"retired", peer.retired ? json::value(format_time(*peer.retired)) : json::value(nullptr)},
      {"circuit", circuit_name(parts.peers.state_of(peer.name))},
      {"feed", nullptr},
      {"orders", nullptr}};
  const std::shared_ptr<FollowedHome> home = parts.feeds.home(peer.name);
  if (!home) return object;
  const FollowedHomeReport report = home->report();
  object["feed"] = describe_feed(report);
  object["orders"] = json::object{
      {"byFeed", report.by_feed}, {"degraded", report.degraded}, {"homeUnreachable", report.unreachable}};
  return object;
}

// --- for people

struct Lines {
  std::string text;

  template <typename... Values>
  void add(std::string_view label, fmt::format_string<Values...> format, Values&&... values) {
    fmt::format_to(std::back_inserter(text), "  {:<8} ", label);
    fmt::format_to(std::back_inserter(text), format, std::forward<Values>(values)...);
    text += '\n';
  }
};

double seconds(std::int64_t milliseconds) {
  return static_cast<double>(milliseconds) / 1000.0;
}

Result<void> write_feed(ObjectReader& reader, Lines& lines) {
  TRY(const std::string state, reader.text("state", 16));
  TRY(const std::int64_t sequence, reader.integer("sequence", 0, kLargestInteger));
  TRY(const std::int64_t lag, reader.integer("lag", -kLargestInteger, kLargestInteger));
  TRY(const std::int64_t age, reader.integer("heartbeatAge", -1, kLargestInteger));
  TRY(const std::int64_t offset, reader.integer("clockOffset", -kLargestInteger, kLargestInteger));
  TRY(const std::int64_t known, reader.integer("known", 0, kLargestInteger));
  TRY(const std::int64_t pages, reader.integer("pages", 0, kLargestInteger));
  TRY(const std::int64_t failures, reader.integer("failures", 0, kLargestInteger));
  TRY(reader.finish());
  const std::string heartbeat =
      age < 0 ? "no heartbeat yet" : fmt::format("heartbeat {:.1f} s ago", seconds(age));
  lines.add("feed", "{}, {}, at change {}, {} to come", state, heartbeat, sequence, lag);
  lines.add("", "{} certificates known, {} pages, {} failures", known, pages, failures);
  lines.add("clock", "{:+.1f} s from ours", seconds(offset));
  return ok();
}

Result<void> write_orders(ObjectReader& reader, Lines& lines) {
  TRY(const std::int64_t by_feed, reader.integer("byFeed", 0, kLargestInteger));
  TRY(const std::int64_t degraded, reader.integer("degraded", 0, kLargestInteger));
  TRY(const std::int64_t unreachable, reader.integer("homeUnreachable", 0, kLargestInteger));
  TRY(reader.finish());
  lines.add("orders", "{} by its feed, {} degraded, {} refused as home_unreachable", by_feed, degraded,
            unreachable);
  return ok();
}

Result<void> write_peer(ObjectReader& peer, Lines& lines) {
  TRY(const std::string name, peer.text("name", kLongest));
  TRY(const std::string url, peer.text("url", kLongest));
  TRY(const std::string through, peer.text_or_null("through", kLongest));
  TRY(const std::string retired, peer.text_or_null("retired", 32));
  TRY(const std::string circuit, peer.text("circuit", 16));
  TRY(auto feed, peer.object_or_null("feed"));
  TRY(auto orders, peer.object_or_null("orders"));
  TRY(peer.finish());
  lines.text += "\n" + name + "\n";
  lines.add("url", "{}{}", url, through.empty() ? "" : ", asked by way of " + through);
  if (!retired.empty()) lines.add("retired", "{}", retired);
  lines.add("circuit", "{}", circuit);
  if (feed) {
    TRY(write_feed(*feed, lines));
  } else {
    lines.add("feed", "not followed");
  }
  if (orders) {
    TRY(write_orders(*orders, lines));
  }
  return ok();
}

}  // namespace

json::object describe_network(const NetworkStatusParts& parts) {
  json::object object{{"type", "network-status"},
                      {"version", 1},
                      {"time", format_time(parts.clock.now())},
                      {"dataCentre", parts.data_centre.text()},
                      {"map", nullptr},
                      {"mapProblem", nullptr},
                      {"peers", json::array()}};
  const auto current = parts.current();
  const std::shared_ptr<const network::MapView> view = current ? current.value() : parts.newest();
  if (!current) object["mapProblem"] = current.error().detail;
  if (!view) return object;
  const documents::NetworkMap& map = view->map;
  if (current) object["map"] = json::object{{"version", map.version}, {"expires", format_time(map.expires)}};
  json::array peers;
  for (const documents::MappedDataCentre& peer : map.data_centres)
    if (!(peer.name == parts.data_centre)) peers.push_back(describe_peer(parts, peer));
  object["peers"] = std::move(peers);
  return object;
}

void add_network_status_route(http::Router& router, NetworkStatusParts parts) {
  router.add_blocking("GET", kNetworkStatusPath, [parts = std::move(parts)](const http::Request&) {
    return http::json_answer(200, describe_network(parts));
  });
}

Result<std::string> write_network_status(BytesView json) {
  TRY(ObjectReader reader, ObjectReader::parse(json, "network status", kLimits));
  TRY(reader.expect("network-status", 1));
  TRY(const TimePoint time, reader.time("time"));
  TRY(const std::string name, reader.text("dataCentre", kLongest));
  TRY(auto map, reader.object_or_null("map"));
  TRY(const std::string problem, reader.text_or_null("mapProblem", kLongest));
  TRY(std::vector<ObjectReader> peers, reader.objects("peers", kMostPeers));
  TRY(reader.finish());
  Lines lines;
  lines.text = name + " at " + format_time(time) + "\n";
  if (map) {
    TRY(const std::int64_t version, map->integer("version", 1, kLargestInteger));
    TRY(const TimePoint expires, map->time("expires"));
    TRY(map->finish());
    const auto days = std::chrono::floor<std::chrono::days>(expires - time).count();
    lines.add("map", "version {}, until {}, {} days left", version, format_time(expires), days);
  } else {
    lines.add("map", "none in force: {}", problem);
  }
  for (ObjectReader& peer : peers) {
    TRY(write_peer(peer, lines));
  }
  return std::move(lines.text);
}

}  // namespace countersign::authority
