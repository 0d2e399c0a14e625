// SPDX-License-Identifier: Apache-2.0
// Orders at a steady rate: purchasers of one data centre buy from merchants of another. Says "ready" once
// each purchaser has bought, begins at the next line of its input, and prints one JSON object at the end.
#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>

#include "bench/load.h"
#include "bench/orders.h"

namespace countersign::bench {
namespace {

struct Options {
  std::filesystem::path home;  // folder of the purchasers' authority
  std::filesystem::path shop;  // folder of the merchants' authority
  std::string address;         // of its service
  unsigned short port = 0;
  int merchants = 2;
  int purchasers = 16;
  int connections = 4;
  double rate = 50;
  double seconds = 20;
  bool are_strangers = false;
};

boost::json::object json_of(const LoadResult& result) {
  boost::json::array latencies;
  for (const Microseconds each : result.latencies) latencies.emplace_back(each.count());
  boost::json::object refused;
  for (const auto& [reason, number] : result.refused) refused[reason] = number;
  return {
      {"perSecond", result.per_second}, {"latencies", std::move(latencies)}, {"refused", std::move(refused)}};
}

void run(const Options& options) {
  const Site home(options.home);
  const Site shop(options.shop);
  const Parties at_home(home, 0, options.purchasers);
  const Parties at_shop(shop, options.merchants, 0, options.address);
  const Shops shops = shops_of(shop, at_shop, options.address);
  Load load{.path = "/v1/confirmations",
            .content_type = "application/pkcs7-mime",
            .address = options.address,
            .port = options.port,
            .server = 0,
            .identities = {},
            .connections = options.connections,
            .rate = 0,
            .refusals = Refusals::kCount};
  for (const x509::Signer& merchant : at_shop.merchants) load.identities.push_back(&merchant);
  if (!options.are_strangers) {
    // Enough that each connection brings its share of every purchaser's first order.
    const int orders = (options.purchasers / options.connections + 1) * options.connections;
    run_load(load, prepare_orders(shops, at_home.purchasers, options.connections, orders));
  }
  load.rate = options.rate;
  const auto requests = prepare_orders(shops, at_home.purchasers, options.connections,
                                       static_cast<int>(options.rate * options.seconds));
  std::cout << "ready" << std::endl;
  std::string line;
  std::getline(std::cin, line);
  std::cout << boost::json::serialize(json_of(run_load(load, requests))) << std::endl;
}

}  // namespace
}  // namespace countersign::bench

int main(int argc, char** argv) {
  CLI::App app("Orders at a steady rate, of purchasers of one data centre from merchants of another");
  countersign::bench::Options options;
  app.add_option("--home", options.home, "Folder of the purchasers' authority")->required();
  app.add_option("--shop", options.shop, "Folder of the merchants' authority")->required();
  app.add_option("--address", options.address, "Address of the merchants' authority")->required();
  app.add_option("--port", options.port, "Port of its service")->required();
  app.add_option("--merchants", options.merchants)->check(CLI::PositiveNumber);
  app.add_option("--purchasers", options.purchasers)->check(CLI::PositiveNumber);
  app.add_option("--connections", options.connections)->check(CLI::Range(1, 64));
  app.add_option("--rate", options.rate, "Orders in a second")->check(CLI::PositiveNumber);
  app.add_option("--seconds", options.seconds)->check(CLI::PositiveNumber);
  app.add_flag("--strangers", options.are_strangers,
               "The merchants' authority has not met the purchasers before");
  CLI11_PARSE(app, argc, argv);
  try {
    countersign::bench::run(options);
  } catch (const std::exception& failure) {
    std::cerr << "order_load: " << failure.what() << "\n";
    return 1;
  }
  return 0;
}
