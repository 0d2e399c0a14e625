// SPDX-License-Identifier: Apache-2.0
#include "http/metrics.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace countersign::http {
namespace {

std::string in_braces(const std::string& labels) {
  return labels.empty() ? "" : "{" + labels + "}";
}

void append_heading(std::string& text, const std::string& name, const std::string& help,
                    std::string_view type) {
  text += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

template <typename Families>
void append_values(std::string& text, const Families& families, std::string_view type) {
  for (const auto& [name, family] : families) {
    append_heading(text, name, family.help, type);
    for (const auto& [labels, metric] : family.by_labels) {
      text += fmt::format("{}{} {}\n", name, in_braces(labels), metric.value());
    }
  }
}

}  // namespace

void Histogram::observe(std::chrono::microseconds duration) {
  const auto* bound = std::lower_bound(std::begin(kBoundsUs), std::end(kBoundsUs), duration.count());
  buckets_[bound - std::begin(kBoundsUs)].fetch_add(1, std::memory_order_relaxed);
  sum_us_.fetch_add(static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0)),
                    std::memory_order_relaxed);
}

void Histogram::append_text(std::string& text, const std::string& name, const std::string& labels) const {
  const std::string before = labels.empty() ? "" : labels + ",";
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    count += buckets_[i].load(std::memory_order_relaxed);
    const bool is_last = i + 1 == kBuckets;
    const std::string bound = is_last ? "+Inf" : fmt::format("{}", static_cast<double>(kBoundsUs[i]) / 1e6);
    text += fmt::format("{}_bucket{{{}le=\"{}\"}} {}\n", name, before, bound, count);
  }
  const double sum = static_cast<double>(sum_us_.load(std::memory_order_relaxed)) / 1e6;
  text += fmt::format("{}_sum{} {}\n{}_count{} {}\n", name, in_braces(labels), sum, name, in_braces(labels),
                      count);
}

template <typename Metric>
Metric& Metrics::find(Families<Metric>& families, std::string_view name, std::string_view help,
                      std::string_view labels) {
  const std::lock_guard lock(mutex_);
  auto family = families.find(name);
  if (family == families.end()) {
    family = families.try_emplace(std::string(name)).first;
    family->second.help = help;
  }
  auto& by_labels = family->second.by_labels;
  const auto found = by_labels.find(labels);
  return found != by_labels.end() ? found->second : by_labels.try_emplace(std::string(labels)).first->second;
}

Counter& Metrics::counter(std::string_view name, std::string_view help, std::string_view labels) {
  return find(counters_, name, help, labels);
}

Gauge& Metrics::gauge(std::string_view name, std::string_view help, std::string_view labels) {
  return find(gauges_, name, help, labels);
}

Histogram& Metrics::histogram(std::string_view name, std::string_view help, std::string_view labels) {
  return find(histograms_, name, help, labels);
}

std::string Metrics::text() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  append_values(text, counters_, "counter");
  append_values(text, gauges_, "gauge");
  for (const auto& [name, family] : histograms_) {
    append_heading(text, name, family.help, "histogram");
    for (const auto& [labels, histogram] : family.by_labels) histogram.append_text(text, name, labels);
  }
  return text;
}

std::function<void(const Request&, const Response&, std::chrono::microseconds)> request_observer(
    Metrics& metrics) {
  static constexpr std::string_view kName = "http_requests_total";
  static constexpr std::string_view kHelp = "Requests answered, by class of status.";
  const std::array<Counter*, 4> by_class{
      &metrics.counter(kName, kHelp, "status=\"2xx\""), &metrics.counter(kName, kHelp, "status=\"3xx\""),
      &metrics.counter(kName, kHelp, "status=\"4xx\""), &metrics.counter(kName, kHelp, "status=\"5xx\"")};
  Histogram& durations =
      metrics.histogram("http_request_duration_seconds", "Time from a request's last byte to its answer.");
  return
      [by_class, &durations](const Request&, const Response& response, std::chrono::microseconds duration) {
        by_class[static_cast<std::size_t>(std::clamp(response.status / 100, 2, 5) - 2)]->add();
        durations.observe(duration);
      };
}

std::function<void(ConnectionRefusal)> refusal_observer(Metrics& metrics) {
  static constexpr std::string_view kName = "http_connections_refused_total";
  static constexpr std::string_view kHelp = "Connections closed at once, by the limit that they were beyond.";
  Counter& in_all = metrics.counter(kName, kHelp, "limit=\"all\"");
  Counter& of_address = metrics.counter(kName, kHelp, "limit=\"address\"");
  return [&in_all, &of_address](ConnectionRefusal refusal) {
    (refusal == ConnectionRefusal::kTooMany ? in_all : of_address).add();
  };
}

}  // namespace countersign::http
