// SPDX-License-Identifier: Apache-2.0
// Measures the authority: processor time per confirmation against the bare signatures, throughput, latency,
// OCSP, issues. Prints one JSON object; scripts/bench makes table and plot of it.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <cstring>
#include <future>
#include <iostream>
#include <utility>

#include "authority/audit/audit_log.h"
#include "authority/confirmation/confirmation_store.h"
#include "authority/directory/directory.h"
#include "bench/authority_process.h"
#include "bench/load.h"
#include "bench/orders.h"
#include "crypto/random.h"
#include "x509/ocsp.h"

namespace countersign::bench {
namespace {

struct Options {
  std::filesystem::path program;  // countersign-authority
  std::filesystem::path folder;   // the store's: measure on the disk that counts
  int orders = 8'000;             // per concurrency
  std::vector<int> connections{1, 2, 4, 8, 16, 32, 64};
};

boost::json::object json_of(const LoadResult& result) {
  return {{"connections", result.connections},
          {"perSecond", result.per_second},
          {"serverMicroseconds", result.server_time_each.count()},
          {"p50", result.p50.count()},
          {"p90", result.p90.count()},
          {"p99", result.p99.count()}};
}

Load confirmation_load(const Parties& parties, const AuthorityProcess& server, int connections, double rate) {
  Load load{.path = "/v1/confirmations",
            .content_type = "application/pkcs7-mime",
            .port = server.service_port(),
            .server = server.id(),
            .identities = {},
            .connections = connections,
            .rate = rate};
  for (const x509::Signer& merchant : parties.merchants) load.identities.push_back(&merchant);
  return load;
}

boost::json::object measure_confirmations(const Options& options, const Installation& installation,
                                          const Parties& parties, const AuthorityProcess& server) {
  // Every certificate is seen once before anything is measured.
  run_load(confirmation_load(parties, server, 4, 0),
           prepare_orders(shops_of(installation, parties), parties.purchasers, 4,
                          static_cast<int>(parties.purchasers.size()) * 2));
  const auto run_stage = [&](int connections, double rate, const std::vector<std::vector<Bytes>>& requests) {
    BareBeside bare;
    const LoadResult result = run_load(confirmation_load(parties, server, connections, rate), requests);
    boost::json::object stage = json_of(result);
    stage["bareMicroseconds"] = bare.stop().per_confirmation().count();
    return std::pair(std::move(stage), result);
  };
  boost::json::array stages;
  LoadResult best;
  for (const int connections : options.connections) {
    const auto requests = prepare_orders(shops_of(installation, parties), parties.purchasers, connections,
                                         connections == 1 ? options.orders / 4 : options.orders);
    auto [stage, result] = run_stage(connections, 0, requests);
    std::cerr << connections << " connections: " << result.per_second << "/s, "
              << result.server_time_each.count() << " us each\n";
    if (result.per_second > best.per_second) best = result;
    stages.push_back(std::move(stage));
  }
  boost::json::object half_load =
      run_stage(16, best.per_second / 2,
                prepare_orders(shops_of(installation, parties), parties.purchasers, 16, options.orders))
          .first;
  half_load["rate"] = best.per_second / 2;
  return {{"stages", std::move(stages)}, {"halfLoad", std::move(half_load)}};
}

boost::json::object measure_ocsp(const Options& options, const Installation& installation,
                                 const Parties& parties, const AuthorityProcess& server) {
  constexpr int kConnections = 8;
  std::vector<std::vector<Bytes>> requests(kConnections);
  for (int i = 0; i < options.orders * 2; ++i) {
    const auto& purchaser = parties.purchasers[static_cast<std::size_t>(i) % parties.purchasers.size()];
    requests[static_cast<std::size_t>(i % kConnections)].push_back(
        take(x509::make_ocsp_request(purchaser.certificate, installation.keys.ca.certificate, {})));
  }
  const Load load{.path = "/ocsp",
                  .content_type = "application/ocsp-request",
                  .port = server.status_port(),
                  .server = server.id(),
                  .identities = {},
                  .connections = kConnections,
                  .rate = 0};
  return json_of(run_load(load, requests));
}

// Certificates issued, put into the directory and the audit log, each in a durable transaction of its own.
boost::json::object measure_issues(const Options& options, const Installation& installation) {
  const auto database = take(storage::open_sqlite(options.folder / "issues.db", authority::kStoreOptions));
  const auto directory = take(authority::Directory::open(*database, crypto::random_secret(32)));
  const auto audit = take(authority::AuditLog::open(*database));
  boost::json::object result;
  for (const int threads : {1, 16}) {
    const int each = 800 / threads;
    const auto began = std::chrono::steady_clock::now();
    std::vector<std::future<void>> workers;
    for (int t = 0; t < threads; ++t) {
      workers.push_back(std::async(std::launch::async, [&, t] {
        for (int i = 0; i < each; ++i) {
          const TimePoint now = SystemClock().now();
          const x509::Signer issued = issue(installation.keys, x509::Role::kPurchaser,
                                            std::to_string(threads * 100'000 + t * 1'000 + i));
          take(database->write([&](storage::Transaction& transaction) -> Result<void> {
            TRY(directory.add(transaction, issued.certificate, {authority::CertificateState::kActive, {}, {}},
                              now));
            const authority::AuditEntry entry{"authority", "issue", issued.certificate.serial().hex(),
                                              "purchaser"};
            return audit.append(transaction, {&entry, 1}, now);
          }));
        }
      }));
    }
    for (auto& worker : workers) worker.get();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    result[threads == 1 ? "perSecondAlone" : "perSecondSixteenAtOnce"] = threads * each / took.count();
  }
  return result;
}

int run(const Options& options) {
  const Installation installation(options.program, options.folder);
  const Parties parties(installation, 8, 64);
  const BareSignatures before = measure_bare_signatures();
  boost::json::object report;
  {
    const AuthorityProcess server(installation);
    report["confirmations"] = measure_confirmations(options, installation, parties, server);
    report["ocsp"] = measure_ocsp(options, installation, parties, server);
  }
  const BareSignatures after = measure_bare_signatures();
  report["issues"] = measure_issues(options, installation);
  const BareSignatures bare = mean(before, after);
  report["bare"] = {{"verification", bare.verification.count()},
                    {"signature", bare.signature.count()},
                    {"perConfirmation", bare.per_confirmation().count()}};
  std::cout << boost::json::serialize(report) << "\n";
  return 0;
}

}  // namespace
}  // namespace countersign::bench

int main(int argc, char** argv) {
  countersign::bench::Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--authority") == 0) options.program = std::filesystem::absolute(argv[i + 1]);
    if (std::strcmp(argv[i], "--folder") == 0) options.folder = std::filesystem::absolute(argv[i + 1]);
    if (std::strcmp(argv[i], "--orders") == 0) options.orders = std::stoi(argv[i + 1]);
    if (std::strcmp(argv[i], "--connections") == 0) options.connections = {std::stoi(argv[i + 1])};
  }
  if (options.folder.empty() || options.program.empty()) {
    std::cerr << "usage: confirmation_bench --authority PROGRAM --folder EMPTY-FOLDER [--orders COUNT] "
                 "[--connections COUNT]\n";
    return 2;
  }
  try {
    return countersign::bench::run(options);
  } catch (const std::exception& failure) {
    std::cerr << "bench: " << failure.what() << "\n";
    return 1;
  }
}
