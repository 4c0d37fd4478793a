# A model of three numbers for MLServer: the server is theirs, the arithmetic is small on purpose.
import math

from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse
import numpy


class DamageModel(MLModel):
    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        row = NumpyCodec.decode_input(payload.inputs[0])[0]
        damaged = 1 / (1 + math.exp(-(float(row[0]) - float(row[1]) + float(row[2]))))
        scores = numpy.array([[1 - damaged, damaged]])
        return InferenceResponse(
            model_name=self.name,
            model_version="7",
            outputs=[NumpyCodec.encode_output("probabilities", scores)],
        )
