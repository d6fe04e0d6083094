// Prints records of a topic as JSON: java -cp kafka-clients.jar:avro.jar:… Consume.java BROKERS TOPIC [COUNT]
// Maven: org.apache.kafka:kafka-clients:4.1.1, org.apache.avro:avro:1.12.1

import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.stream.Collectors;
import org.apache.avro.Schema;
import org.apache.avro.message.BinaryMessageDecoder;
import org.apache.avro.message.SchemaStore;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

class Consume {
    static KafkaConsumer<byte[], byte[]> consumer(String brokers, String topic) {
        var settings = new Properties();
        settings.put("bootstrap.servers", brokers);
        settings.put("isolation.level", "read_committed");
        settings.put("enable.auto.commit", "false");
        var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
            .map(it -> new TopicPartition(topic, it.partition()))
            .collect(Collectors.toList());
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        return consumer;
    }

    public static void main(String[] arguments) throws Exception {
        String brokers = arguments[0], topic = arguments[1];
        int left = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 1;

        // Values are Avro in single-object encoding, which Avro's own decoder reads, given the schemas.
        var schemas = new SchemaStore.Cache();
        try (var consumer = consumer(brokers, topic.split("\\.")[0] + ".schemas")) {
            long end = consumer.endOffsets(consumer.assignment()).values().iterator().next();
            while (consumer.position(consumer.assignment().iterator().next()) < end) {
                for (var record : consumer.poll(Duration.ofSeconds(1))) {
                    schemas.addSchema(new Schema.Parser().parse(new String(record.value(), "UTF-8")));
                }
            }
        }
        var decoder = new BinaryMessageDecoder<GenericRecord>(new GenericData(), null, schemas);
        try (var consumer = consumer(brokers, topic)) {
            while (left > 0) {
                for (var record : consumer.poll(Duration.ofSeconds(1))) {
                    if (left-- > 0) System.out.println(decoder.decode(record.value()));
                }
            }
        }
    }
}
