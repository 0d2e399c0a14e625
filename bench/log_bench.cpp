// SPDX-License-Identifier: Apache-2.0
// What the public log costs: two data centres, one with a log whose merchants are answered receipts, and one
// without, confirm beside each other, so that whatever else the machine does slows both. Prints one JSON
// object with the times of each round.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <future>
#include <iostream>
#include <optional>
#include <thread>

#include "bench/load.h"
#include "bench/orders.h"
#include "documents/receipt.h"
#include "http/client.h"
#include "sample/take.h"

namespace countersign::bench {
namespace {

struct Options {
  std::filesystem::path program;  // countersign-authority
  std::filesystem::path folder;   // the stores': on the disk that counts
  int orders = 4'000;             // of each round, in each data centre
  std::vector<int> connections{1, 8, 16};
  int rounds = 5;
};

class DataCentre {
 public:
  DataCentre(const Options& options, const std::string& name, Log log)
      : options_(options),
        log_(log),
        installation_(options.program, options.folder / name, log),
        parties_(installation_, 8, 64) {
    server_.emplace(installation_);
    if (log == Log::kKept) accept_ = documents::kReceiptMediaType;
    // Every certificate is seen once before anything is measured.
    confirm(4, 0, static_cast<int>(parties_.purchasers.size()) * 2);
    expect_kind_of_answer();
  }

  LoadResult confirm(int connections, double rate, int orders) {
    const auto requests =
        prepare_orders(shops_of(installation_, parties_), parties_.purchasers, connections, orders);
    for (const std::vector<Bytes>& each : requests) confirmed_ += each.size();
    Load load{.path = "/v1/confirmations",
              .content_type = "application/pkcs7-mime",
              .accept = accept_,
              .port = server_->service_port(),
              .server = server_->id(),
              .identities = {},
              .connections = connections,
              .rate = rate,
              .settle = [this] { wait_for_publication(); }};
    for (const x509::Signer& merchant : parties_.merchants) load.identities.push_back(&merchant);
    return run_load(load, requests);
  }

  // Notes the microseconds of the authority's processor time for each order.
  void take_part(int connections) {
    const LoadResult result = confirm(connections, 0, options_.orders);
    auto& times = times_[std::to_string(connections)];
    if (!times.is_array()) times = boost::json::array();
    times.as_array().emplace_back(result.server_time_each.count());
  }

  const boost::json::object& times() const { return times_; }

 private:
  // The log's files are written once a second, and are of the round whose confirmations they hold. A data
  // centre without a log waits as long and is asked as often.
  void wait_for_publication() const {
    constexpr auto kPause = std::chrono::milliseconds(1500);
    for (int tries = 20; tries > 0; --tries) {
      std::this_thread::sleep_for(kPause);
      const auto published = published_size();
      if (log_ == Log::kNone || published >= confirmed_) return;
    }
    throw std::runtime_error("the log is not published");
  }

  std::uint64_t published_size() const {
    constexpr std::string_view kName = "\ncountersign_log_published_size ";
    const auto client =
        take(http::Client::create("http://127.0.0.1:" + std::to_string(server_->status_port()), {}));
    const std::string metrics = to_text(take(client->get("/metrics")).body);
    const std::size_t at = metrics.find(kName);
    return at == std::string::npos ? 0 : std::stoull(metrics.substr(at + kName.size()));
  }

  // A measure of receipts that are none would measure nothing.
  void expect_kind_of_answer() {
    const x509::Signer& merchant = parties_.merchants.front();
    Connection connection(kLoopback, server_->service_port(), &merchant);
    const Answer answer = connection.post(
        "/v1/confirmations", "application/pkcs7-mime",
        countersigned_order(shops_of(installation_, parties_), merchant, parties_.purchasers.front()),
        accept_);
    ++confirmed_;
    const bool is_receipt = static_cast<bool>(documents::parse_receipt(answer.body));
    if (answer.status != 200 || is_receipt == accept_.empty())
      throw std::runtime_error("an answer is not of the kind that was asked for");
  }

  const Options& options_;
  const Log log_;
  std::uint64_t confirmed_ = 0;  // so far
  Installation installation_;
  Parties parties_;
  std::string accept_;
  std::optional<AuthorityProcess> server_;
  boost::json::object times_;  // by the number of connections
};

void run(const Options& options) {
  DataCentre with(options, "with", Log::kKept);
  DataCentre without(options, "without", Log::kNone);
  for (int round = 0; round < options.rounds; ++round) {
    for (const int connections : options.connections) {
      auto beside = std::async(std::launch::async, [&] { without.take_part(connections); });
      with.take_part(connections);
      beside.get();
    }
  }
  const int connections = *std::max_element(options.connections.begin(), options.connections.end());
  const double most = with.confirm(connections, 0, options.orders).per_second;
  const LoadResult half = with.confirm(connections, most / 2, options.orders);
  std::cout << boost::json::serialize(boost::json::object{{"orders", options.orders},
                                                          {"with", with.times()},
                                                          {"without", without.times()},
                                                          {"halfLoad",
                                                           {{"connections", connections},
                                                            {"rate", most / 2},
                                                            {"perSecond", half.per_second},
                                                            {"p50", half.p50.count()},
                                                            {"p99", half.p99.count()}}}})
            << "\n";
}

}  // namespace
}  // namespace countersign::bench

int main(int argc, char** argv) {
  CLI::App app("What the public log costs, receipts in the answers included");
  countersign::bench::Options options;
  app.add_option("--authority", options.program, "countersign-authority")->required();
  app.add_option("--folder", options.folder, "An empty folder for the stores")->required();
  app.add_option("--orders", options.orders, "Of each round")->check(CLI::Range(1, 1'000'000));
  app.add_option("--connections", options.connections, "Numbers of connections to each data centre");
  app.add_option("--rounds", options.rounds)->check(CLI::Range(1, 100));
  CLI11_PARSE(app, argc, argv);
  try {
    options.program = std::filesystem::absolute(options.program);
    options.folder = std::filesystem::absolute(options.folder);
    countersign::bench::run(options);
  } catch (const std::exception& failure) {
    std::cerr << "log_bench: " << failure.what() << "\n";
    return 1;
  }
  return 0;
}
