// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "http/connection_count.h"
#include "http/message.h"

namespace countersign::http {

// Counter only grows. Adding is one relaxed atomic operation.
class Counter {
 public:
  void add(std::uint64_t amount = 1) { value_.fetch_add(amount, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// Gauge goes up and down.
class Gauge {
 public:
  void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
  void add(std::int64_t amount) { value_.fetch_add(amount, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

// Histogram counts durations into buckets from 100 µs to 10 s.
class Histogram {
 public:
  void observe(std::chrono::microseconds duration);
  void append_text(std::string& text, const std::string& name, const std::string& labels) const;

 private:
  static constexpr std::int64_t kBoundsUs[] = {100,    250,    500,     1000,    2500,
                                               5000,   10000,  25000,   50000,   100000,
                                               250000, 500000, 1000000, 2500000, 10000000};
  static constexpr std::size_t kBuckets = std::size(kBoundsUs) + 1;
  std::atomic<std::uint64_t> buckets_[kBuckets]{};
  std::atomic<std::uint64_t> sum_us_{0};
};

// Metrics is a program's registry in the Prometheus text format 0.0.4. Asking for the same name and labels
// again gives the same object; objects live as long as the registry. `labels` is `name="value",…` or empty:
// never personal data, and few values. Thread-safe; hold on to the reference rather than ask on a hot path.
class Metrics {
 public:
  Counter& counter(std::string_view name, std::string_view help, std::string_view labels = {});
  Gauge& gauge(std::string_view name, std::string_view help, std::string_view labels = {});
  Histogram& histogram(std::string_view name, std::string_view help, std::string_view labels = {});
  std::string text() const;

 private:
  template <typename Metric>
  struct Family {
    std::string help;
    std::map<std::string, Metric, std::less<>> by_labels;  // nodes of a map stay where they are
  };
  template <typename Metric>
  using Families = std::map<std::string, Family<Metric>, std::less<>>;
  template <typename Metric>
  Metric& find(Families<Metric>& families, std::string_view name, std::string_view help,
               std::string_view labels);

  mutable std::mutex mutex_;  // guards the maps, not the values in them
  Families<Counter> counters_;
  Families<Gauge> gauges_;
  Families<Histogram> histograms_;
};

// request_observer counts requests by class of status and their duration, for ServerOptions::observe. The
// registry outlives the server.
std::function<void(const Request&, const Response&, std::chrono::microseconds)> request_observer(
    Metrics& metrics);
// refusal_observer counts connections refused, by the limit that they were beyond, for
// ServerOptions::observe_refusal. The registry outlives the server.
std::function<void(ConnectionRefusal)> refusal_observer(Metrics& metrics);

}  // namespace countersign::http
