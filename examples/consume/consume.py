"""Prints records of a topic as JSON: consume.py BROKERS TOPIC [COUNT]. Needs `pip install confluent-kafka fastavro`."""

import io
import json
import sys

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition
from fastavro import parse_schema, schemaless_reader


def messages(brokers, topic):
    """Every committed record of a topic, from the beginning; None at the end of each partition."""
    consumer = Consumer({
        "bootstrap.servers": brokers,
        "group.id": "consume",
        "isolation.level": "read_committed",
        "enable.auto.commit": False,
        "enable.partition.eof": True,
    })
    partitions = consumer.list_topics(topic, timeout=30).topics[topic].partitions
    consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in partitions])
    while True:
        message = consumer.poll()
        if not message.error():
            yield message
        elif message.error().code() == KafkaError._PARTITION_EOF:
            yield None
        else:
            raise RuntimeError(message.error())


def main(brokers, topic, count="1"):
    schemas = {}
    for message in messages(brokers, topic.split(".")[0] + ".schemas"):
        if message is None:
            break
        schemas[message.key().decode()] = parse_schema(json.loads(message.value()))
    left = int(count)
    for message in messages(brokers, topic):
        if left == 0:
            break
        if message is None:
            continue
        # C3 01, eight bytes of the schema's fingerprint, then the datum.
        value = message.value()
        record = schemaless_reader(io.BytesIO(value[10:]), schemas[value[2:10].hex()])
        print(json.dumps(record, default=lambda it: it.hex().upper() if isinstance(it, bytes) else str(it)))
        left -= 1
        if left == 0:
            break


if __name__ == "__main__":
    main(*sys.argv[1:])
